package main

import (
	"errors"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/hack/bench/profile"
)

func profileCommand() *cli.Command {
	return &cli.Command{
		Name: "profile", Usage: "run cmd/echo under load and write the profile to optimise it by", OnUsageError: onUsageError,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "echo", Value: "echo", Usage: "`PATH` of cmd/echo, built with -trimpath"},
			&cli.StringFlag{Name: "out", Usage: "write to `FILE`"},
			&cli.DurationFlag{Name: "duration", Value: 3 * time.Second, Usage: "of each load"},
		},
		Action: func(c *cli.Context) (err error) {
			if c.String("out") == "" {
				return usagef("--out is missing; name the file, such as cmd/echo/default.pgo")
			}
			r, o, err := prepare(c)
			if err != nil {
				return err
			}
			dir, err := os.MkdirTemp("", "profiles")
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
			files, err := r.Profile(c.Context, o, dir)
			if err != nil {
				return err
			}
			return profile.Merge(c.Context, c.String("out"), files)
		},
	}
}
