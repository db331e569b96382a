package flags

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"

	"github.com/catamaran-os/catamaran/api"
)

// Options are what the flags of Runtime say.
type Options struct {
	Config     api.Config // Open sets its Capture, if there is a file for that
	CPUProfile string     // the file of --cpuprofile, or ""
	Capture    string     // the file of --pcap, or ""
}

// Open creates the files and opens the runtime. The function that it returns closes the runtime, which flushes the capture,
// and then the files; call it once, on the goroutine that owns the runtime. After an error nothing is left open.
//
// Where gVisor's goroutines process TCP segments (api.Info.TCP is "stock") and the environment has no GOMAXPROCS, Open sets
// that to 1 for the process.
func (o Options) Open() (*api.Runtime, func() error, error) {
	stopProfile, err := startProfile(o.CPUProfile)
	if err != nil {
		return nil, nil, err
	}
	rt, closeRuntime, err := o.openRuntime()
	if err != nil {
		return nil, nil, errors.Join(err, stopProfile())
	}
	return rt, func() error { return errors.Join(closeRuntime(), stopProfile()) }, nil
}

func (o Options) openRuntime() (*api.Runtime, func() error, error) {
	var file io.Closer
	if o.Capture != "" {
		f, err := os.Create(o.Capture)
		if err != nil {
			return nil, nil, fmt.Errorf("%w; name a --pcap file that can be written", err)
		}
		file, o.Config.Capture = f, f
	}
	rt, err := api.Open(o.Config)
	if err != nil {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
		return nil, nil, err
	}
	if rt.Info().TCP == "stock" && os.Getenv("GOMAXPROCS") == "" {
		// gVisor's goroutines then process TCP segments. On a single processor they run next, on the poller's, when it
		// yields; with more, each wake-up is a futex call and a migration to another core.
		runtime.GOMAXPROCS(1)
	}
	return rt, func() error {
		err := rt.Close()
		if file != nil {
			err = errors.Join(err, file.Close())
		}
		return err
	}, nil
}

// startProfile writes a CPU profile to a file until stop, and none without a name.
func startProfile(name string) (stop func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("%w; name a --cpuprofile file that can be written", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
