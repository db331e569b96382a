package difftest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// A difference is the first step after which the servers do not say the same.
type difference struct {
	at          int
	what        string
	ours, redis string
}

func (d *difference) String() string {
	return fmt.Sprintf("%s\n  ours: %s\n redis: %s", d.what, d.ours, d.redis)
}

// A stage is where scripts are played.
type stage struct {
	socket   string
	commands []engine.Command
}

// few is the number of steps of a script below which the events are looked at after each.
const few = 60

// play plays a script and returns the difference, or nil.
func (st *stage) play(s script) (d *difference, err error) {
	redis, err := newRedis(st.socket, s.clients)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, redis.close()) }()
	p := &player{redis: redis, ours: newEngine(st.commands, s.clients), queues: make([][][]string, s.clients)}
	if s.stepped {
		return p.stepped(s)
	}
	return p.pipelined(s)
}

type player struct {
	redis  *redisServer
	ours   *engineServer
	queues [][][]string // of each client, the commands that wait for EXEC
	sorted bool         // SORT has run, which makes Redis take sorted sets out of their compact encoding
}

// pipelined sends as many steps as it can at once.
func (p *player) pipelined(s script) (*difference, error) {
	for from := 0; from < len(s.steps); {
		if s.steps[from].args[0] == exchange {
			if d, err := p.exchange(from, s.steps[from]); d != nil || err != nil {
				return d, err
			}
			from++
			continue
		}
		end := from + 1
		for end < len(s.steps) && len(s.steps) >= few && s.steps[end].args[0] != exchange {
			end++
		}
		batch := make([][]string, 0, end-from)
		for _, step := range s.steps[from:end] {
			batch = append(batch, step.args)
		}
		want, err := p.redis.pipeline(batch)
		if err != nil {
			return nil, err
		}
		for i, args := range batch {
			got, err := p.ours.do(args)
			if err != nil {
				return &difference{from + i, s.steps[from+i].String(), err.Error(), want[i].String()}, nil
			}
			if !p.same(0, args, got, want[i]) {
				return &difference{from + i, s.steps[from+i].String(), got.String(), want[i].String()}, nil
			}
		}
		if d, err := p.events(end-1, s.steps[end-1]); d != nil || err != nil {
			return d, err
		}
		from = end
	}
	return nil, nil
}

// stepped looks at all clients after each step. A client that is blocked or gone has no step.
func (p *player) stepped(s script) (*difference, error) {
	for i, step := range s.steps {
		if c := p.ours.clients[step.client]; c.Blocked() || c.CloseAfter || c.Killed {
			continue
		}
		want, err := p.redis.step(step.client, resolve(step.args, p.redis.clientID, len(p.redis.clients)))
		if err != nil {
			return nil, err
		}
		got, err := p.ours.step(step.client, resolve(step.args, p.ours.clientID, len(p.redis.clients)))
		if err != nil {
			return nil, err
		}
		for c := range want {
			mine, theirs := messages(got[c]), messages(want[c])
			if len(mine) == 1 && len(theirs) == 1 && c == step.client {
				if p.same(c, step.args, mine[0], theirs[0]) {
					continue
				}
			} else if texts(mine) == texts(theirs) || mixed(mine) && leaves(mine) == leaves(theirs) {
				continue
			}
			return &difference{i, fmt.Sprintf("%d> %s: what client %d is sent", step.client, step, c), texts(mine), texts(theirs)}, nil
		}
		if d, err := p.events(i, step); d != nil || err != nil {
			return d, err
		}
	}
	return nil, nil
}

// resolve puts the numbers of clients for "{0}" and so on.
func resolve(args []string, id func(int) string, clients int) []string {
	args = slices.Clone(args)
	for i, a := range args {
		for c := range clients {
			if a == fmt.Sprintf("{%d}", c) {
				args[i] = id(c)
			}
		}
	}
	return args
}

// same compares replies to a command of a client, and those to the commands that EXEC ran one by one.
func (p *player) same(client int, args []string, a, b reply) bool {
	queue := &p.queues[client]
	if b.kind == '+' && b.text == "QUEUED" {
		*queue = append(*queue, args)
		return a.String() == b.String()
	}
	switch strings.ToLower(args[0]) {
	case "sort", "sort_ro":
		p.sorted = true
	case "object":
		if p.sorted && zsetEncoding[a.text] && zsetEncoding[b.text] {
			return true
		}
	case "exec":
		run := *queue
		*queue = nil
		if a.aggregate() && b.aggregate() && len(a.elems) == len(run) && len(b.elems) == len(run) {
			for i := range run {
				if !p.same(client, run[i], a.elems[i], b.elems[i]) {
					return false
				}
			}
			return true
		}
	case "discard", "reset":
		*queue = nil
	}
	return same(args, a, b)
}

var zsetEncoding = map[string]bool{"listpack": true, "skiplist": true}

// events compares the events of keys since the last time.
func (p *player) events(at int, st step) (*difference, error) {
	want, err := p.redis.took()
	if err != nil {
		return nil, err
	}
	got, err := p.ours.took()
	if err != nil {
		return nil, err
	}
	if mine, theirs := texts(got), texts(want); mine != theirs {
		// Only the first that differ are of interest.
		i := 0
		for i < len(got) && i < len(want) && got[i].String() == want[i].String() {
			i++
		}
		return &difference{at, "events up to: " + st.String(), texts(got[i:min(len(got), i+8)]), texts(want[i:min(len(want), i+8)])}, nil
	}
	return nil, nil
}

// exchange has each server restore what the other one dumps.
func (p *player) exchange(at int, st step) (*difference, error) {
	from, to := st.args[1], st.args[2]
	theirs, err := p.redis.dump(from)
	if err != nil {
		return nil, err
	}
	ours, err := p.ours.do([]string{"dump", from})
	if err != nil {
		return nil, err
	}
	if theirs.kind == '+' { // queued, as another command
		p.queues[0] = append(p.queues[0], []string{"dump", from})
	}
	if ours.kind != theirs.kind || ours.null != theirs.null || theirs.kind != '$' {
		return differs(at, "DUMP "+from, ours, theirs), nil
	}
	if theirs.null {
		return nil, nil
	}
	want, err := p.redis.clients[0].do("restore", to, "0", ours.text, "replace")
	if err != nil {
		return nil, err
	}
	got, err := p.ours.do([]string{"restore", to, "0", theirs.text, "replace"})
	if err != nil {
		return nil, err
	}
	if d := differs(at, fmt.Sprintf("RESTORE of the other's DUMP: %q of ours, %q of redis-server", ours.text, theirs.text), got, want); d != nil {
		return d, nil
	}
	return p.events(at, st)
}

func differs(at int, what string, ours, theirs reply) *difference {
	if ours.String() == theirs.String() {
		return nil
	}
	return &difference{at, what, ours.String(), theirs.String()}
}

// messages takes out of what a client was sent the order that Redis leaves open: in which patterns get a message, and in
// which UNSUBSCRIBE without arguments leaves channels.
func messages(list []reply) []reply {
	list = slices.Clone(list)
	for from := 0; from < len(list); {
		end := from + 1
		for end < len(list) && topic(list[from]) != "" && topic(list[end]) == topic(list[from]) {
			end++
		}
		run := list[from:end]
		switch topic(list[from]) {
		case "pmessage":
			slices.SortFunc(run, func(a, b reply) int { return strings.Compare(a.String(), b.String()) })
		case "unsubscribe", "punsubscribe", "sunsubscribe":
			var names []string
			for _, v := range run {
				names = append(names, v.elems[1].String())
			}
			slices.Sort(names)
			for i := range run {
				run[i].elems = []reply{run[i].elems[0], {kind: '+', text: names[i]}, run[i].elems[2]}
			}
		}
		from = end
	}
	return list
}

// mixed reports whether there are a reply and messages. Where a message stands that a client causes itself depends on the
// command; within EXEC it takes the place of an element, which then follows the array.
func mixed(list []reply) bool {
	n := 0
	for _, v := range list {
		if topic(v) != "" {
			n++
		}
	}
	return 0 < n && n < len(list)
}

// leaves shows what replies are made of, in order.
func leaves(list []reply) string {
	var all []string
	var add func(v reply)
	add = func(v reply) {
		if !v.aggregate() {
			all = append(all, v.String())
		}
		for i, e := range v.elems {
			if i > 0 && v.elems[i-1].text == "id" { // of HELLO
				continue
			}
			add(e)
		}
	}
	for _, v := range list {
		add(v)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// topic is the first text of a message to a subscriber.
func topic(v reply) string {
	if (v.kind == '*' || v.kind == '>') && len(v.elems) >= 3 && v.elems[0].kind == '$' {
		return v.elems[0].text
	}
	return ""
}
