// SPDX-License-Identifier: Apache-2.0

package main

// A small COS client, to have something that a driver can drive: files in a bucket, nothing but Go's standard library. Requests go one by one.
// --bad turns on three ways to do it wrong that a suite has to notice. Sources: Tencent's API documents (object and bucket operations,
// "Request Signature"); cosconform list says what is asked of it.

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
)

const page = 1000

// CosError is a failure with a class of the driver protocol.
type CosError struct {
	Kind, Message, Code, RequestId string
	Status                         int
}

func (e *CosError) Error() string { return e.Message }

type ordered interface{ ~int | ~int64 | ~string }

func least[T ordered](a, b T) T {
	if b < a {
		return b
	}
	return a
}

func most[T ordered](a, b T) T {
	if a < b {
		return b
	}
	return a
}

func fail(kind, message string) error { return &CosError{Kind: kind, Message: message} }

var kinds = map[string]string{"AccessDenied": "ACCESS_DENIED", "InvalidAccessKeyId": "AUTH", "SignatureDoesNotMatch": "AUTH",
	"RequestTimeTooSkewed": "AUTH", "InvalidSecurity": "AUTH", "ExpiredToken": "CRED_EXPIRED", "NoSuchBucket": "NO_BUCKET",
	"NoSuchKey": "NOT_FOUND", "SlowDown": "THROTTLED"}
var kindsByStatus = map[int]string{401: "AUTH", 403: "ACCESS_DENIED", 404: "NOT_FOUND", 503: "THROTTLED"}

// Net is what `configure` says of the way to the service.
type Net struct {
	Scheme  string
	Ca_file string
	Resolve []string
}

// Config is what a party is configured with.
type Config struct {
	keys                  map[string]string
	providers             []string
	env                   atomic.Pointer[map[string]string]
	suffix, scheme, agent string
	retries, delay, block int64
	client                *http.Client
}

const providerKey, idKey, secretKey = "fs.cosn.credentials.provider", "fs.cosn.userinfo.secretId", "fs.cosn.userinfo.secretKey"
const simple, environment = "org.apache.hadoop.fs.cosn.auth.SimpleCredentialsProvider", "org.apache.hadoop.fs.cosn.auth.EnvironmentVariableCredentialsProvider"

func providersOf(list string) ([]string, error) {
	names := []string{}
	for _, name := range strings.Split(list, ",") {
		switch name = strings.TrimSpace(name); name {
		case "":
		case simple, environment:
			names = append(names, name)
		default:
			return nil, fail("CONFIG", fmt.Sprintf("%s: there is no class '%s'; there are %s and %s", providerKey, name, simple, environment))
		}
	}
	if len(names) == 0 {
		names = []string{simple}
	}
	return names, nil
}

// credentials are id and key of the first provider that has both; asked before every request, so that a key may change.
func (c *Config) credentials() (id, key string, err error) {
	missing := []string{}
	for _, provider := range c.providers {
		from, names := c.keys, []string{idKey, secretKey}
		if provider == environment {
			from, names = *c.env.Load(), []string{"COSN_SECRET_ID", "COSN_SECRET_KEY"}
		}
		id, key = from[names[0]], from[names[1]]
		if provider == environment {
			id, key = strings.TrimSpace(id), strings.TrimSpace(key)
		}
		if id != "" && key != "" {
			return id, key, nil
		}
		if id == "" {
			missing = append(missing, names[0])
		}
		if key == "" {
			missing = append(missing, names[1])
		}
	}
	return "", "", fail("CRED_MISSING", fmt.Sprintf("missing required key '%s'", strings.Join(missing, "', '")))
}

func number(conf map[string]string, key string, fallback int64) (int64, error) {
	if conf[key] == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(conf[key], 10, 64)
	if err != nil || n < 0 {
		return 0, fail("CONFIG", fmt.Sprintf("%s is '%s': a number of 0 or more", key, conf[key]))
	}
	return n, nil
}

// dialer leads names to the addresses that net.resolve gives them.
func dialer(routes []string) func(context.Context, string, string) (net.Conn, error) {
	addresses := map[string]string{}
	for _, route := range routes {
		if part := strings.SplitN(route, ":", 3); len(part) == 3 {
			addresses[part[0]+":"+part[1]] = part[2]
		}
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if to, known := addresses[address]; known {
			address = to
		}
		return (&net.Dialer{Timeout: 20 * time.Second}).DialContext(ctx, network, address)
	}
}

// NewConfig reads the keys this client knows and leaves the others alone.
func NewConfig(conf, env map[string]string, n *Net) (*Config, error) {
	providers, err := providersOf(conf[providerKey])
	if err != nil {
		return nil, err
	}
	c := &Config{keys: conf, providers: providers, scheme: n.Scheme, agent: conf["fs.cosn.user.agent"],
		suffix: strings.TrimLeft(conf["fs.cosn.bucket.endpoint_suffix"], ".")}
	c.env.Store(&env)
	if region := conf["fs.cosn.bucket.region"]; c.suffix == "" && region != "" {
		c.suffix = "cos." + region + ".myqcloud.com"
	}
	if conf["fs.cosn.useHttps"] == "true" || c.scheme == "" {
		c.scheme = "https"
	}
	for _, k := range []struct {
		to       *int64
		key      string
		fallback int64
	}{{&c.retries, "fs.cosn.maxRetries", 3}, {&c.delay, "fs.cosn.retry.interval.seconds", 1}, {&c.block, "fs.cosn.block.size", 8 << 20}} {
		var err error
		if *k.to, err = number(conf, k.key, k.fallback); err != nil {
			return nil, err
		}
	}
	c.block = least(most(c.block, 1<<20), 2<<30)
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, err
	}
	if n.Ca_file != "" {
		pem, err := os.ReadFile(n.Ca_file)
		if err != nil || !roots.AppendCertsFromPEM(pem) {
			return nil, fail("CONFIG", "ca_file: no certificates")
		}
	}
	c.client = &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{DialContext: dialer(n.Resolve), DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: roots}}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c, nil
}

func encode(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), "*", "%2A")
}

func encodePath(key string) string { return strings.ReplaceAll(encode(key), "%2F", "/") }

// sign is q-sign-algorithm sha1 ("Request Signature").
func (fs *FileSystem) sign(method, path string, params, headers map[string]string) (string, error) {
	id, secret, err := fs.config.credentials()
	if err != nil {
		return "", err
	}
	mac := func(key, text string) string {
		h := hmac.New(sha1.New, []byte(key))
		h.Write([]byte(text))
		return hex.EncodeToString(h.Sum(nil))
	}
	pairs := func(items map[string]string) (names, both string) {
		all := []string{}
		for k, v := range items {
			all = append(all, encode(strings.ToLower(k))+"="+encode(v))
		}
		sort.Strings(all)
		list := []string{}
		for _, p := range all {
			list = append(list, p[:strings.Index(p, "=")])
		}
		return strings.Join(list, ";"), strings.Join(all, "&")
	}
	now := time.Now().Unix()
	end := now + 3600
	if fs.bad { // a defect: whoever sees a request may repeat it for a week (CRED-018)
		end = now + 7*86400
	}
	window := fmt.Sprintf("%d;%d", now-60, end)
	query, queryText := pairs(params)
	signed, signedText := pairs(headers)
	digest := sha1.Sum([]byte(strings.ToLower(method) + "\n" + path + "\n" + queryText + "\n" + signedText + "\n"))
	return fmt.Sprintf("q-sign-algorithm=sha1&q-ak=%s&q-sign-time=%s&q-key-time=%s&q-header-list=%s&q-url-param-list=%s&q-signature=%s",
		id, window, window, signed, query, mac(mac(secret, window), "sha1\n"+window+"\n"+hex.EncodeToString(digest[:])+"\n")), nil
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// call is one request and what is wanted of it.
type call struct {
	method, key     string
	params, headers map[string]string
	body            []byte
	wanted          []int // besides 200, 204 and 206
}

func (fs *FileSystem) once(q *call) (*answer, error) {
	c := fs.config
	target := c.scheme + "://" + fs.host + "/" + encodePath(q.key)
	query := []string{}
	for k, v := range q.params {
		query = append(query, encode(k)+"="+encode(v))
	}
	if len(query) > 0 {
		target += "?" + strings.Join(query, "&")
	}
	r, err := http.NewRequest(q.method, target, bytes.NewReader(q.body))
	if err != nil {
		return nil, fail("INVALID_ARG", err.Error())
	}
	headers := map[string]string{"Host": fs.host}
	for k, v := range q.headers {
		headers[k] = v
		r.Header.Set(k, v)
	}
	authorization, err := fs.sign(q.method, "/"+q.key, q.params, headers)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", authorization)
	r.Header.Set("User-Agent", c.agent)
	reply, err := c.client.Do(r)
	if err != nil {
		if e, ok := err.(net.Error); ok && e.Timeout() {
			return nil, fail("TIMEOUT", fs.host+": no answer in time")
		}
		return nil, fail("NETWORK", err.Error())
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return nil, fail("CORRUPT", fs.host+": the body ended early")
	}
	return &answer{reply.StatusCode, reply.Header, body}, nil
}

func errorOf(a *answer, what string) error {
	var e struct{ Code, RequestId string }
	_ = xml.Unmarshal(a.body, &e)
	kind := kinds[e.Code]
	if kind == "" {
		kind = kindsByStatus[a.status]
	}
	if kind == "" {
		kind = "IO"
	}
	id := a.header.Get("x-cos-request-id")
	return &CosError{Kind: kind, Status: a.status, Code: e.Code, RequestId: id, Message: fmt.Sprintf("%s: %d %s (request %s)", what, a.status, e.Code, id)}
}

// send tries again where that may help: no answer, or one of 500 and above.
func (fs *FileSystem) send(q call) (*answer, error) {
	what := q.method + " " + fs.host + "/" + q.key
	var failure error
	for attempt := int64(0); attempt <= fs.config.retries; attempt++ {
		if attempt > 0 {
			time.Sleep(least(time.Duration(fs.config.delay)*50*time.Millisecond<<attempt, 2*time.Second))
		}
		a, err := fs.once(&q)
		if err != nil {
			failure = err
			continue
		}
		fmt.Fprintf(os.Stderr, "DEBUG wire: %s -> %d\n", what, a.status)
		for _, status := range append(q.wanted, 200, 204, 206) {
			if a.status == status {
				return a, nil
			}
		}
		failure = errorOf(a, what)
		if a.status < 500 {
			break
		}
	}
	return nil, failure
}

// document sends and reads the XML of the answer, which must have this root: a copy or a completion may fail with status 200.
func (fs *FileSystem) document(q call, root string, into any) error {
	a, err := fs.send(q)
	if err != nil {
		return err
	}
	var any struct{ XMLName xml.Name }
	if xml.Unmarshal(a.body, &any) != nil || (any.XMLName.Local != root && any.XMLName.Local != "Error") {
		return fail("CORRUPT", "the answer is no "+root)
	}
	if any.XMLName.Local == "Error" {
		return errorOf(a, "it failed behind its status")
	}
	if err := xml.Unmarshal(a.body, into); err != nil {
		return fail("CORRUPT", err.Error())
	}
	return nil
}

// Status is of a file or a directory.
type Status struct {
	Path          string
	IsDir         bool
	Size, MtimeMs int64
}

// FileSystem is one bucket.
type FileSystem struct {
	config                  *Config
	bucket, root, Uri, host string
	bad                     bool
}

// Open says what is wrong with the configuration, and sends nothing.
func Open(c *Config, uri string, bad bool) (*FileSystem, error) {
	if !strings.HasPrefix(uri, "cosn://") {
		return nil, fail("UNSUPPORTED_SCHEME", uri+": not cosn")
	}
	bucket, root, _ := strings.Cut(uri[7:], "/")
	switch {
	case bucket == "":
		return nil, fail("CONFIG", uri+": a bucket is missing behind cosn://")
	case c.suffix == "":
		return nil, fail("CONFIG", "missing required key 'fs.cosn.bucket.endpoint_suffix'")
	}
	if _, _, err := c.credentials(); err != nil {
		return nil, err
	}
	return &FileSystem{c, bucket, root, "cosn://" + bucket, bucket + "." + c.suffix, bad}, nil
}

// key: "/a//b/" and "cosn://bucket/a/b" are "a/b"; relative paths stand below the URI of this filesystem.
func (fs *FileSystem) key(path string) (string, error) {
	if strings.HasPrefix(path, "cosn://") {
		bucket, rest, _ := strings.Cut(path[7:], "/")
		if bucket != fs.bucket {
			return "", fail("INVALID_ARG", bucket+" is another bucket than "+fs.bucket)
		}
		path = rest
	} else if path == "." {
		path = fs.root
	} else if !strings.HasPrefix(path, "/") {
		path = fs.root + "/" + path
	}
	parts := strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
	return strings.Join(parts, "/"), nil
}

type listing struct {
	IsTruncated bool
	NextMarker  string
	Contents    []struct {
		Key          string
		Size         int64
		LastModified time.Time
	}
	CommonPrefixes []struct{ Prefix string }
}

type entry struct {
	key         string
	isPrefix    bool
	size, mtime int64
}

// walk gives each object below a prefix, and with a delimiter each common prefix.
func (fs *FileSystem) walk(prefix, delimiter string, limit int, onlyFirst bool) ([]entry, error) {
	found, marker := []entry{}, ""
	for {
		params := map[string]string{"prefix": prefix, "max-keys": strconv.Itoa(limit), "encoding-type": "url"}
		if delimiter != "" {
			params["delimiter"] = delimiter
		}
		if marker != "" {
			params["marker"] = marker
		}
		var l listing
		if err := fs.document(call{method: "GET", params: params}, "ListBucketResult", &l); err != nil {
			return nil, err
		}
		for _, c := range l.Contents {
			key, _ := url.PathUnescape(c.Key)
			found, marker = append(found, entry{key, false, c.Size, c.LastModified.UnixMilli()}), most(marker, key)
		}
		for _, p := range l.CommonPrefixes {
			key, _ := url.PathUnescape(p.Prefix)
			found, marker = append(found, entry{key, true, 0, 0}), most(marker, key)
		}
		if !l.IsTruncated || onlyFirst {
			return found, nil
		}
		if l.NextMarker != "" {
			marker, _ = url.PathUnescape(l.NextMarker)
		}
	}
}

// find gives nil for what is not there.
func (fs *FileSystem) find(key string) (*Status, error) {
	if key == "" {
		return &Status{Path: "/", IsDir: true}, nil
	}
	a, err := fs.send(call{method: "HEAD", key: key, wanted: []int{404}})
	if err != nil {
		return nil, err
	}
	if a.status != 404 {
		modified, _ := http.ParseTime(a.header.Get("Last-Modified"))
		size, _ := strconv.ParseInt(a.header.Get("Content-Length"), 10, 64)
		return &Status{"/" + key, false, size, modified.UnixMilli()}, nil
	}
	below, err := fs.walk(key+"/", "", 1, true)
	if err != nil || len(below) == 0 {
		return nil, err
	}
	return &Status{Path: "/" + key, IsDir: true}, nil
}

func (fs *FileSystem) at(path string) (string, *Status, error) {
	key, err := fs.key(path)
	if err != nil {
		return "", nil, err
	}
	s, err := fs.find(key)
	return key, s, err
}

// Exists is false for what is not there, and an error where nobody can know.
func (fs *FileSystem) Exists(path string) (bool, error) {
	_, s, err := fs.at(path)
	return s != nil, err
}

// Stat gives the status of what is there.
func (fs *FileSystem) Stat(path string) (*Status, error) {
	_, s, err := fs.at(path)
	if err == nil && s == nil {
		err = fail("NOT_FOUND", path+": no such file or directory")
	}
	if err != nil {
		s = &Status{}
	}
	return s, err
}

// List gives the direct children, or the file itself.
func (fs *FileSystem) List(path string) ([]*Status, error) {
	s, err := fs.Stat(path)
	if err != nil || !s.IsDir {
		return []*Status{s}, err
	}
	prefix := strings.TrimPrefix(s.Path+"/", "/")
	if s.Path == "/" {
		prefix = ""
	}
	entries, err := fs.walk(prefix, "/", page, false)
	found := []*Status{}
	for _, e := range entries {
		if e.key != prefix {
			found = append(found, &Status{"/" + strings.TrimSuffix(e.key, "/"), e.isPrefix, e.size, e.mtime})
		}
	}
	return found, err
}

func (fs *FileSystem) checkParents(key string) error {
	for at := strings.LastIndex(key, "/"); at > 0; at = strings.LastIndex(key[:at], "/") {
		s, err := fs.find(key[:at])
		if err != nil {
			return err
		}
		if s != nil && !s.IsDir {
			return fail("NOT_DIR", s.Path+" is a file")
		}
		if s != nil {
			return nil
		}
	}
	return nil
}

// Mkdirs makes a marker; parents are directories by it.
func (fs *FileSystem) Mkdirs(path string) error {
	key, s, err := fs.at(path)
	if err != nil || (s != nil && s.IsDir) {
		return err
	}
	if s != nil {
		return fail("ALREADY_EXISTS", path+" is a file")
	}
	if err = fs.checkParents(key); err == nil {
		_, err = fs.send(call{method: "PUT", key: key + "/"})
	}
	return err
}

func digestOf(body []byte) map[string]string {
	sum := md5.Sum(body)
	return map[string]string{"Content-MD5": base64.StdEncoding.EncodeToString(sum[:])}
}

func (fs *FileSystem) remove(all []string) error {
	keys := []string{}
	for _, key := range all {
		if strings.IndexFunc(key, unicode.IsControl) < 0 {
			keys = append(keys, key)
		} else if _, err := fs.send(call{method: "DELETE", key: key}); err != nil { // XML has no such characters, or changes them
			return err
		}
	}
	for len(keys) > 0 {
		n := least(page, len(keys))
		type item struct{ Key string }
		var request struct {
			XMLName xml.Name `xml:"Delete"`
			Quiet   bool
			Object  []item
		}
		request.Quiet = true
		for _, key := range keys[:n] {
			request.Object = append(request.Object, item{key})
		}
		body, err := xml.Marshal(request)
		if err != nil {
			return err
		}
		var result struct{ Error []struct{ Key, Code string } }
		err = fs.document(call{method: "POST", params: map[string]string{"delete": ""}, headers: digestOf(body), body: body}, "DeleteResult", &result)
		if err != nil {
			return err
		}
		if len(result.Error) > 0 {
			e, kind := result.Error[0], kinds[result.Error[0].Code]
			if kind == "" {
				kind = "IO"
			}
			return &CosError{Kind: kind, Status: 200, Code: e.Code, Message: e.Key + ": " + e.Code}
		}
		keys = keys[n:]
	}
	return nil
}

func (fs *FileSystem) below(key string) ([]string, error) {
	entries, err := fs.walk(key+"/", "", page, false)
	keys := []string{}
	for _, e := range entries {
		keys = append(keys, e.key)
	}
	return keys, err
}

// Delete is false when there was nothing.
func (fs *FileSystem) Delete(path string, recursive bool) (bool, error) {
	key, s, err := fs.at(path)
	if err != nil || s == nil {
		return false, err
	}
	if key == "" {
		return false, fail("INVALID_ARG", "the root of a bucket is not deleted")
	}
	if !s.IsDir {
		_, err = fs.send(call{method: "DELETE", key: key})
		return err == nil, err
	}
	keys, err := fs.below(key)
	if err == nil && !recursive && (len(keys) != 1 || keys[0] != key+"/") {
		err = fail("NOT_EMPTY", path+" is not empty")
	}
	if err == nil {
		err = fs.remove(keys)
	}
	return err == nil, err
}

// Rename copies all, then deletes: what fails midway has lost nothing.
func (fs *FileSystem) Rename(source, target string) error {
	old, s, err := fs.at(source)
	if err == nil && s == nil {
		err = fail("NOT_FOUND", source+": no such file or directory")
	}
	if err != nil {
		return err
	}
	key, there, err := fs.at(target)
	if err != nil {
		return err
	}
	if old == "" || (s.IsDir && strings.HasPrefix(key+"/", old+"/")) {
		return fail("INVALID_ARG", source+" cannot go into itself")
	}
	if there != nil && there.IsDir {
		key = strings.TrimPrefix(key+"/"+old[strings.LastIndex(old, "/")+1:], "/")
		if there, err = fs.find(key); err != nil {
			return err
		}
	}
	if there != nil && (there.IsDir || !fs.bad) { // a defect: a file in the way is lost (FS-062)
		return fail("ALREADY_EXISTS", "/"+key+" is there")
	}
	parent, err := fs.find(key[:most(strings.LastIndex(key, "/"), 0)])
	if err != nil {
		return err
	}
	if parent == nil || !parent.IsDir {
		return fail("NOT_FOUND", "the parent of /"+key+" is no directory")
	}
	keys := []string{old}
	if s.IsDir {
		if keys, err = fs.below(old); err != nil {
			return err
		}
	}
	for _, k := range keys {
		header := map[string]string{"x-cos-copy-source": fs.host + "/" + encodePath(k)}
		var result struct{}
		if err = fs.document(call{method: "PUT", key: key + k[len(old):], headers: header}, "CopyObjectResult", &result); err != nil {
			return err
		}
	}
	return fs.remove(keys)
}

// Read gives bytes in ranges of a block, each of them tried again when it is cut short.
func (fs *FileSystem) Read(path string, offset int64, size *int64) ([]byte, error) {
	s, err := fs.Stat(path)
	if err != nil {
		return nil, err
	}
	if s.IsDir {
		return nil, fail("IS_DIR", path+" is a directory")
	}
	end := s.Size
	if size != nil {
		end = least(end, offset+*size)
	}
	data := []byte{}
	for at := offset; at < end; at += fs.config.block {
		last := least(at+fs.config.block, end) - 1
		a, err := fs.send(call{method: "GET", key: s.Path[1:], headers: map[string]string{"Range": fmt.Sprintf("bytes=%d-%d", at, last)}})
		if err == nil && int64(len(a.body)) != last+1-at {
			err = fail("CORRUPT", fmt.Sprintf("%s: %d bytes came, not %d", path, len(a.body), last+1-at))
		}
		if err != nil {
			return nil, err
		}
		data = append(data, a.body...)
	}
	return data, nil
}

// Upload is a file on its way: one object of up to a block, else parts of a block. Nothing is there before Close.
type Upload struct {
	fs   *FileSystem
	key  string
	held []byte
	Size int64
	id   string
	done []part
}

type part struct {
	PartNumber int
	ETag       string
}

// Create begins a file; a directory in its place goes when it may be overwritten.
func (fs *FileSystem) Create(path string, overwrite bool) (*Upload, error) {
	key, s, err := fs.at(path)
	if err == nil && (key == "" || (s != nil && !overwrite)) {
		err = fail("ALREADY_EXISTS", path+" is there")
	}
	if err == nil && s != nil && s.IsDir {
		_, err = fs.Delete(path, true)
	}
	if err == nil {
		err = fs.checkParents(key)
	}
	return &Upload{fs: fs, key: key}, err
}

// put sends bytes until their digest comes back.
func (u *Upload) put(params map[string]string, body []byte) (string, error) {
	sum := md5.Sum(body)
	for try := int64(0); try <= u.fs.config.retries; try++ {
		a, err := u.fs.send(call{method: "PUT", key: u.key, params: params, headers: digestOf(body), body: body})
		if err != nil {
			return "", err
		}
		if etag := a.header.Get("ETag"); strings.Trim(etag, "\"") == hex.EncodeToString(sum[:]) {
			return etag, nil
		}
	}
	return "", fail("CORRUPT", u.key+": the service stored something else")
}

func (u *Upload) putPart(data []byte) error {
	if u.id == "" {
		var begun struct{ UploadId string }
		q := call{method: "POST", key: u.key, params: map[string]string{"uploads": ""}}
		if err := u.fs.document(q, "InitiateMultipartUploadResult", &begun); err != nil {
			return err
		}
		u.id = begun.UploadId
	}
	n := len(u.done) + 1
	etag, err := u.put(map[string]string{"partNumber": strconv.Itoa(n), "uploadId": u.id}, data)
	u.done = append(u.done, part{n, etag})
	return err
}

func (u *Upload) Write(data []byte) error {
	u.held = append(u.held, data...)
	u.Size += int64(len(data))
	for block := u.fs.config.block; int64(len(u.held)) > block; u.held = append([]byte{}, u.held[block:]...) {
		if err := u.putPart(u.held[:block]); err != nil {
			return err
		}
	}
	return nil
}

// Close commits.
func (u *Upload) Close() error {
	if u.id == "" {
		_, err := u.put(nil, u.held)
		return err
	}
	if err := u.putPart(u.held); err != nil {
		return err
	}
	body, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"CompleteMultipartUpload"`
		Part    []part
	}{Part: u.done})
	if err != nil {
		return err
	}
	var result struct{}
	return u.fs.document(call{method: "POST", key: u.key, params: map[string]string{"uploadId": u.id}, body: body}, "CompleteMultipartUploadResult", &result)
}

// Abort leaves nothing behind.
func (u *Upload) Abort() {
	if u.id != "" && !u.fs.bad { // a defect: an upload that failed is not aborted (FS-009)
		_, _ = u.fs.send(call{method: "DELETE", key: u.key, params: map[string]string{"uploadId": u.id}, wanted: []int{404}})
	}
}
