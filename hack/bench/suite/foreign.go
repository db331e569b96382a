package suite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

func parseJSON(out []byte) (load.Result, error) {
	var r load.Result
	if err := json.Unmarshal(out, &r); err != nil {
		return r, fmt.Errorf("read the client's result: %w", err)
	}
	if r.Requests == 0 || r.Rate <= 0 {
		return r, errors.New("the client got no answer")
	}
	return r, nil
}

var (
	sockperfTotal      = regexp.MustCompile(`\[Total Run\] .*ReceivedMessages=(\d+)`)
	sockperfValid      = regexp.MustCompile(`\[Valid Duration\] RunTime=([0-9.]+) sec; SentMessages=\d+; ReceivedMessages=(\d+)`)
	sockperfPercentile = regexp.MustCompile(`---> (?:percentile ([0-9.]+)|<(MAX)> observation) += +([0-9.]+)`)
)

// parseSockperf reads what sockperf ping-pong prints: the rate and the percentiles, in microseconds, of what it calls the
// valid part of the run, and the requests of the whole run, which the processor time is of.
func parseSockperf(out []byte) (load.Result, error) {
	var r load.Result
	total, valid := sockperfTotal.FindSubmatch(out), sockperfValid.FindSubmatch(out)
	if total == nil || valid == nil {
		return r, errors.New("sockperf printed no total")
	}
	seconds, err := strconv.ParseFloat(string(valid[1]), 64)
	if err != nil {
		return r, fmt.Errorf("read sockperf's run time: %w", err)
	}
	requests, err := strconv.ParseUint(string(valid[2]), 10, 64)
	if err != nil {
		return r, fmt.Errorf("read sockperf's count: %w", err)
	}
	if r.Requests, err = strconv.ParseUint(string(total[1]), 10, 64); err != nil {
		return r, fmt.Errorf("read sockperf's count: %w", err)
	}
	if seconds <= 0 || requests == 0 {
		return r, errors.New("sockperf got no answer")
	}
	r.Rate = float64(requests) / seconds
	fields := map[string]*float64{"50.000": &r.P50, "90.000": &r.P90, "99.000": &r.P99, "99.900": &r.P999, "MAX": &r.Max}
	for _, m := range sockperfPercentile.FindAllSubmatch(out, -1) {
		dst, ok := fields[string(m[1])+string(m[2])]
		if !ok {
			continue
		}
		if *dst, err = strconv.ParseFloat(string(m[3]), 64); err != nil {
			return r, fmt.Errorf("read sockperf's percentile: %w", err)
		}
	}
	if r.P50 == 0 || r.P99 == 0 {
		return r, errors.New("sockperf printed no percentiles")
	}
	return r, nil
}

// parseIperf3 reads what iperf3 -J prints: what the receiver got counts.
func parseIperf3(out []byte) (load.Result, error) {
	var report struct {
		Error string `json:"error"`
		End   struct {
			Received struct {
				Bits  float64 `json:"bits_per_second"`
				Bytes uint64  `json:"bytes"`
			} `json:"sum_received"`
		} `json:"end"`
	}
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&report); err != nil {
		return load.Result{}, fmt.Errorf("read iperf3's result: %w", err)
	}
	if report.Error != "" {
		return load.Result{}, fmt.Errorf("iperf3: %s", report.Error)
	}
	got := &report.End.Received
	if got.Bits <= 0 {
		return load.Result{}, errors.New("iperf3 received nothing")
	}
	return load.Result{Requests: got.Bytes / load.RecordSize, Rate: got.Bits / 8 / load.RecordSize, Bits: got.Bits}, nil
}
