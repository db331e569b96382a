//go:build !catdebug && !race

package libos

// checks is false: see checks_on.go for what -tags catdebug and -race add.
const checks = false

type guard struct{}

func (*guard) enter() {}
func (*guard) exit()  {}

type lent struct{}

func (*lent) note(*SGArray)         {}
func (*lent) changed(*SGArray) bool { return false }
