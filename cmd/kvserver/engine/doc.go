// Package engine runs Redis commands: sessions, dispatch, transactions, blocking, pub/sub, limits and statistics.
//
// It is pure. Its host feeds it parsed commands and the time, and takes replies away:
//
//	e.SetNow(t)                       once a round
//	s := e.Connect(remote, local)
//	e.Do(s, args)                     appends the reply to s.Out, or blocks the session
//	for _, s := range e.Pending()     sessions with output, or whose state has changed
//	next := e.Tick()                  timed work: expiry, timeouts, freeing
//
// A command is a function over a Call: arguments, session, database and reply. The families of commands are packages of
// their own; the engine knows them only as a table. Commands that are about sessions themselves (MULTI, SUBSCRIBE, CLIENT
// ...) are here.
//
// In short: Connect, Do, take Pending, Tick.
package engine
