//go:build dpdk && linux && cgo

package dpdk

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk/internal/ethdev"
)

// Open opens a port. Its errors say what is wrong and what to do, and unwrap to a syscall.Errno: EINVAL (Config), ENODEV (no such
// port), EBUSY (the port is open, or EAL runs with other arguments), EACCES and ENOMEM (memory), ENOTSUP.
func Open(c Config) (link.Device, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	eal.Lock()
	defer eal.Unlock()
	if err := startEAL(c.EAL); err != nil {
		return nil, err
	}
	d, err := open(&c)
	if err != nil {
		if len(eal.devices) == 0 {
			err = errors.Join(err, removeFiles())
		}
		return nil, fmt.Errorf("%s: %w", opening(c.Port), err)
	}
	return d, nil
}

// opening begins an error.
func opening(port string) string {
	if port == "" {
		return "open dpdk port"
	}
	return "open dpdk port " + port
}

func open(c *Config) (*Device, error) {
	port, err := findPort(c.Port)
	if err != nil {
		return nil, err
	}
	if eal.devices[port] != nil {
		return nil, fmt.Errorf("it is open in this process already; close it there, or open it once with several queues: %w", syscall.EBUSY)
	}
	info, err := ethdev.Info(port)
	if err != nil {
		return nil, err
	}
	c.Port = info.Name
	d := &Device{port: port, info: info, config: *c}
	if err := d.prepare(); err != nil && info.Bus != "vdev" {
		return nil, err
	} else if err != nil { // such a device may have a socket
		return nil, errors.Join(err, d.tearDown())
	}
	if err := d.setUp(); err != nil {
		return nil, errors.Join(err, d.tearDown())
	}
	eal.devices[port] = d
	return d, nil
}

// prepare completes the configuration by what the port has.
func (d *Device) prepare() error {
	c, info := &d.config, &d.info
	most := min(info.MaxRxQueues, info.MaxTxQueues)
	switch {
	case c.Queues > most:
		return fmt.Errorf("it has %d queues, not %d; ask for fewer: %w", most, c.Queues, syscall.EINVAL)
	case c.Queues > 1 && info.Hash == 0:
		return fmt.Errorf("its driver %s has no RSS to spread flows over %d queues; use one: %w", info.Driver, c.Queues, syscall.ENOTSUP)
	case c.MTU != 0 && info.MaxMTU != 0 && c.MTU > info.MaxMTU:
		return fmt.Errorf("MTU %d is more than its driver takes, %d: %w", c.MTU, info.MaxMTU, syscall.EINVAL)
	}
	if c.MTU == 0 {
		c.MTU = min(info.MTU, maxMTU)
	}
	return nil
}

// findPort finds a port, or makes it of arguments.
func findPort(name string) (port int, err error) {
	all := ethdev.Ports()
	if name == "" && len(all) == 0 && len(eal.vdevs) == 1 {
		for closed := range eal.vdevs {
			name = closed
		}
	}
	if name == "" {
		if len(all) == 0 {
			return 0, fmt.Errorf("%s; add it to the EAL arguments (--vdev, -a): %w", portList(all), syscall.ENODEV)
		}
		if len(all) != 1 {
			return 0, fmt.Errorf("%s; name the port: %w", portList(all), syscall.ENODEV)
		}
		return all[0], nil
	}
	if n, err := strconv.Atoi(name); err == nil {
		if !ethdev.Valid(n) {
			return 0, fmt.Errorf("%s; name one of them, or add it to the EAL arguments (--vdev, -a): %w", portList(all), syscall.ENODEV)
		}
		return n, nil
	}
	if port, ok := ethdev.Find(name); ok {
		return port, nil
	}
	devargs, known := eal.vdevs[name]
	if !known {
		if devargs = name; !strings.Contains(name, ",") {
			return 0, fmt.Errorf("%s; name one of them, or add it to the EAL arguments (--vdev, -a): %w", portList(all), syscall.ENODEV)
		}
	}
	if err := clearSocket(devargs, true); err != nil {
		return 0, err
	}
	if err := ethdev.Probe(devargs); err != nil {
		var e *ethdev.Error
		if errors.As(err, &e) && e.Errno == syscall.EFAULT { // no driver takes the name
			e.Errno = syscall.ENODEV
		}
		return 0, fmt.Errorf("make device: %w", err)
	}
	device, _, _ := strings.Cut(devargs, ",")
	port, ok := ethdev.Find(device)
	if !ok {
		return 0, fmt.Errorf("device %s has no port of that name: %w", device, syscall.ENODEV)
	}
	return port, nil
}

// portList says which ports EAL has.
func portList(all []int) string {
	if len(all) == 0 && eal.said != "" {
		return "EAL has no port (" + eal.said + ")"
	}
	if len(all) == 0 {
		return "EAL has no port"
	}
	var names []string
	for _, p := range all {
		name := "?"
		if info, err := ethdev.Info(p); err == nil {
			name = info.Name
		}
		names = append(names, fmt.Sprintf("%d (%s)", p, name))
	}
	return "EAL has the ports " + strings.Join(names, ", ")
}
