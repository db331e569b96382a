//go:build !catdebug && !race

package kernel

const checks = false
