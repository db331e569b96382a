//go:build !race && !catdebug

package linktest

const instrumented = false
