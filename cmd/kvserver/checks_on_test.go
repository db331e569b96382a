//go:build race || catdebug

package main

const checked = true
