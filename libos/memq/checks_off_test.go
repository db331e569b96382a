//go:build !catdebug && !race

package memq_test

const checks = false
