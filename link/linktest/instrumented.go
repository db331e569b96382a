//go:build race || catdebug

package linktest

const instrumented = true
