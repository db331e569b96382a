package netstack

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"
)

// everyError is one value of each type of the stack's errors.
var everyError = []tcpip.Error{
	&tcpip.ErrAborted{}, &tcpip.ErrAddressFamilyNotSupported{}, &tcpip.ErrAlreadyBound{}, &tcpip.ErrAlreadyConnected{},
	&tcpip.ErrAlreadyConnecting{}, &tcpip.ErrBadAddress{}, &tcpip.ErrBadBuffer{}, &tcpip.ErrBadLocalAddress{},
	&tcpip.ErrBroadcastDisabled{}, &tcpip.ErrClosedForReceive{}, &tcpip.ErrClosedForSend{}, &tcpip.ErrConnectStarted{},
	&tcpip.ErrConnectionAborted{}, &tcpip.ErrConnectionRefused{}, &tcpip.ErrConnectionReset{},
	&tcpip.ErrDestinationRequired{}, &tcpip.ErrDuplicateAddress{}, &tcpip.ErrDuplicateNICID{}, &tcpip.ErrEndpointBusy{},
	&tcpip.ErrHostDown{}, &tcpip.ErrHostUnreachable{}, &tcpip.ErrInvalidEndpointState{}, &tcpip.ErrInvalidNICID{},
	&tcpip.ErrInvalidOptionValue{}, &tcpip.ErrInvalidPortRange{}, &tcpip.ErrMalformedHeader{},
	&tcpip.ErrMessageTooLong{}, &tcpip.ErrMissingRequiredFields{}, &tcpip.ErrMulticastInputCannotBeOutput{},
	&tcpip.ErrNetworkUnreachable{}, &tcpip.ErrNoBufferSpace{}, &tcpip.ErrNoNet{}, &tcpip.ErrNoPortAvailable{},
	&tcpip.ErrNoSuchFile{}, &tcpip.ErrNotConnected{}, &tcpip.ErrNotPermitted{}, &tcpip.ErrNotSupported{},
	&tcpip.ErrPortInUse{}, &tcpip.ErrQueueSizeNotSupported{}, &tcpip.ErrTimeout{}, &tcpip.ErrUnknownDevice{},
	&tcpip.ErrUnknownNICID{}, &tcpip.ErrUnknownProtocol{}, &tcpip.ErrUnknownProtocolOption{}, &tcpip.ErrWouldBlock{},
}

// declared returns the names of all types in the sources of the pinned gVisor that implement tcpip.Error, which nothing
// outside that package can: it has an unexported method.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "gvisor.dev/gvisor/pkg/tcpip").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	paths, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	names := make(map[string]bool)
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "isError" {
				continue
			}
			typ := f.Recv.List[0].Type
			if star, ok := typ.(*ast.StarExpr); ok {
				typ = star.X
			}
			names[typ.(*ast.Ident).Name] = true
		}
	}
	return names
}

func TestErrnoTotal(t *testing.T) {
	names := declared(t)
	if len(names) < 40 {
		t.Fatalf("found only %d types: %v", len(names), names)
	}
	for _, e := range everyError {
		name := strings.TrimPrefix(fmt.Sprintf("%T", e), "*tcpip.")
		if !names[name] {
			t.Errorf("%s is listed twice or not in gVisor", name)
		}
		delete(names, name)
		no := errno(e)
		if no == 0 {
			t.Errorf("%s has no errno", name)
		}
		if err := failure(e); !errors.Is(err, no) {
			t.Errorf("failure(%s) is %v, want %v", name, err, no)
		}
	}
	for name := range names {
		t.Errorf("tcpip.%s is not in the table", name)
	}
}

func TestErrnoUnknown(t *testing.T) {
	if err := failure(nil); !errors.Is(err, syscall.EIO) {
		t.Errorf("an error that is not in the table is %v, want EIO", err)
	}
}
