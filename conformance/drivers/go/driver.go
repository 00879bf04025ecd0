// SPDX-License-Identifier: Apache-2.0

// A driver of cosconform in Go, for the small client beside it: an example to begin with. What each operation means stands in ../PROTOCOL.md.
// A driver has no opinion: one call of the subject for each request, and what it says is passed on. --bad gives the client three defects.
//
//	(cd conformance/drivers/go && go build -o /tmp/driver .) && cosconform driver check --driver /tmp/driver
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

type object = map[string]any

// request has the members of all operations that this driver knows; encoding/json ignores others.
type request struct {
	Id                                            int64
	Op, As, Uri, Path, Src, Dst, Mode, Want, Yaml string
	Conf, Env                                     map[string]string
	Net                                           Net
	Fs, Offset, Chunk                             int64
	Bytes                                         *int64
	Recursive                                     bool
	Ops                                           []*request
	Data                                          struct {
		Text *string
		Gen  struct{ Seed, Size, Skip uint64 }
	}
}

type opened struct {
	party string
	fs    *FileSystem
}

type driver struct {
	bad     bool
	lock    sync.Mutex // guards handles: the requests of `parallel` run at once
	parties map[string]*Config
	handles map[int64]opened
	next    int64
}

func (d *driver) onFiles(r *request) (object, error) {
	d.lock.Lock()
	h, known := d.handles[r.Fs]
	d.lock.Unlock()
	if !known {
		return nil, fail("INVALID_ARG", fmt.Sprintf("no filesystem %d", r.Fs))
	}
	switch fs := h.fs; r.Op {
	case "stat":
		s, err := fs.Stat(r.Path)
		return statusOf(s), err
	case "exists":
		exists, err := fs.Exists(r.Path)
		return object{"exists": exists}, err
	case "list":
		return list(fs, r.Path)
	case "mkdirs":
		return object{"result": true}, fs.Mkdirs(r.Path)
	case "delete":
		done, err := fs.Delete(r.Path, r.Recursive)
		return object{"result": done}, err
	case "rename":
		return object{"result": true}, fs.Rename(r.Src, r.Dst)
	case "write":
		return write(fs, r)
	case "read":
		return read(fs, r)
	}
	delete(d.handles, r.Fs) // close
	return object{}, nil
}

func (d *driver) run(r *request) (reply object, err error) {
	reply = object{}
	if r.As == "" {
		r.As = "server"
	}
	switch r.Op {
	case "hello":
		reply = object{"protocol": 1, "driver": object{"name": "example-go", "version": "1"}, "subject": object{"name": "tinycos-go", "version": "1"},
			"capabilities": []string{"fs", "config.providers", "err.typed"}, "schemes": []string{"cosn"}, "clock": "real", "language": "go", "lacks": []string{"append"}}
	case "reset":
		d.parties, d.handles, d.next = map[string]*Config{}, map[int64]opened{}, 0
	case "stats":
		reply = object{"rss_kb": -1, "pid": os.Getpid()}
	case "configure":
		for number, h := range d.handles {
			if h.party == r.As {
				delete(d.handles, number)
			}
		}
		keys := []string{}
		for key := range r.Conf {
			keys = append(keys, key)
		}
		reply["keys"] = keys
		d.parties[r.As], err = NewConfig(r.Conf, r.Env, &r.Net)
	case "env":
		if d.parties[r.As] == nil {
			return nil, fail("INVALID_ARG", "configure comes before env")
		}
		d.parties[r.As].env.Store(&r.Env)
	case "open":
		var fs *FileSystem
		if d.parties[r.As] == nil {
			return nil, fail("INVALID_ARG", "configure comes before open")
		}
		if fs, err = Open(d.parties[r.As], r.Uri, d.bad); err == nil {
			d.next++
			d.handles[d.next] = opened{r.As, fs}
			reply = object{"fs": d.next, "uri": fs.Uri}
		}
	case "parallel":
		replies, all := make([]object, len(r.Ops)), sync.WaitGroup{}
		all.Add(len(r.Ops))
		for i := range r.Ops {
			go func(i int) { defer all.Done(); replies[i] = d.answer(r.Ops[i]) }(i)
		}
		all.Wait()
		reply["replies"] = replies
	case "close", "stat", "exists", "list", "mkdirs", "delete", "rename", "write", "read":
		return d.onFiles(r)
	case "ping", "shutdown":
	default:
		err = fail("UNSUPPORTED", fmt.Sprintf("no operation '%s' here", r.Op))
	}
	return reply, err
}

func (d *driver) answer(r *request) object {
	reply, err := d.run(r)
	if err == nil {
		reply["ok"] = true
		return reply
	}
	e := &CosError{Kind: "INTERNAL", Message: err.Error()}
	errors.As(err, &e)
	return object{"ok": false, "err": object{"class": e.Kind, "http_status": e.Status, "cos_code": e.Code, "request_id": e.RequestId, "message": e.Message}}
}

func main() {
	protocol, err := syscall.Dup(1)
	if err != nil || syscall.Dup3(2, 1, 0) != nil { // whoever prints prints to the log
		os.Exit(3)
	}
	d := &driver{bad: len(os.Args) > 1 && os.Args[1] == "--bad"}
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), os.NewFile(uintptr(protocol), "protocol")
	for {
		line, err := in.ReadBytes('\n')
		var r request
		if err != nil || json.Unmarshal(line, &r) != nil {
			return
		}
		reply := d.answer(&r)
		reply["id"] = r.Id
		text, _ := json.Marshal(reply)
		if _, err := out.Write(append(text, '\n')); err != nil || r.Op == "shutdown" {
			return
		}
	}
}
