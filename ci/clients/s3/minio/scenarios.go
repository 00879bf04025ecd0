// SPDX-License-Identifier: Apache-2.0

// Scenarios of minio-go from the module proxy, unmodified, against a running mock. Run under `cosmock exec -- ./minio`.
//
// A scenario has a bucket of its own; its name is the claim. It says what the client saw and, with calls, everything that the mock saw of
// the bucket since the last look, as "operation status code". Expected values are the documents' (cos-s3 s.2, s.4.5, s.5).
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

var (
	region  = os.Getenv("COSMOCK_REGION")
	appid   = os.Getenv("COSMOCK_APPID")
	control = os.Getenv("COSMOCK_CONTROL") + "/v1/t/" + os.Getenv("COSMOCK_TENANT")
	ctx     = context.Background()
)

// wrong is what was seen and is not what the documents say.
type wrong string

func same(got, want interface{}) {
	if !reflect.DeepEqual(got, want) {
		panic(wrong(fmt.Sprintf("got %#v, want %#v", got, want)))
	}
}

// ok is for what is not the claim but has to work.
func ok(err error) {
	if err != nil {
		panic(wrong(err.Error()))
	}
}

// refused: err is the service's, with this status and code.
func refused(err error, status int, code string) {
	answer := minio.ToErrorResponse(err)
	same([]interface{}{answer.StatusCode, answer.Code}, []interface{}{status, code})
}

// ask is a call of the control API about our tenant, past every proxy.
func ask(method, path, body string, answer interface{}) {
	request, err := http.NewRequest(method, control+path, strings.NewReader(body))
	ok(err)
	reply, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
	ok(err)
	defer reply.Body.Close()
	ok(json.NewDecoder(reply.Body).Decode(answer))
}

// scene is what a scenario works with.
type scene struct {
	*minio.Client
	bucket string
	seen   int64
}

type entry struct {
	Op      string `json:"op"`
	Method  string `json:"method"`
	Service string `json:"service"`
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Ignored string `json:"ignored"`
}

func clientOf(user string, lookup minio.BucketLookupType, tls bool) *minio.Client {
	keys := credentials.NewStaticV4(os.Getenv("COSMOCK_"+user+"SECRET_ID"), os.Getenv("COSMOCK_"+user+"SECRET_KEY"), "")
	client, err := minio.New("cos."+region+".myqcloud.com", &minio.Options{Creds: keys, Secure: tls, Region: region, BucketLookup: lookup})
	ok(err)
	return client
}

func openScene(number int) *scene {
	s := &scene{bucket: fmt.Sprintf("scene-%d-%s", number, appid), Client: clientOf("", minio.BucketLookupDNS, true)}
	var page struct {
		LastSeq int64 `json:"last_seq"`
	}
	ask("PUT", "/buckets/"+s.bucket+"?region="+region, "", &struct{}{})
	ask("GET", "/journal?limit=1", "", &page)
	s.seen = page.LastSeq
	return s
}

// calls is every request since the last look, in order, each in S3's dialect.
func (s *scene) calls(want ...string) []entry {
	var page struct {
		LastSeq int64   `json:"last_seq"`
		Entries []entry `json:"entries"`
	}
	ask("GET", fmt.Sprintf("/journal?after=%d", s.seen), "", &page)
	s.seen = page.LastSeq
	got := []string{}
	for _, e := range page.Entries {
		same(e.Service, "s3")
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %d %s", e.Op, e.Status, e.Code)))
	}
	same(got, want)
	return page.Entries
}

func (s *scene) put(c *minio.Client, key, text string, options minio.PutObjectOptions) error {
	_, err := c.PutObject(ctx, s.bucket, key, strings.NewReader(text), int64(len(text)), options)
	return err
}

func (s *scene) get(key string) string {
	object, err := s.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	ok(err)
	data, err := io.ReadAll(object)
	ok(err)
	return string(data)
}

func (s *scene) turn(value string) {
	ask("POST", "/switches", `{"aws-chunked":"`+value+`"}`, &struct{}{})
}

var scenarios = []struct {
	name string
	run  func(s *scene)
}{
	{"an object goes up over tls and comes back with its metadata", func(s *scene) {
		ok(s.put(s.Client, "a b/é+", "hello", minio.PutObjectOptions{UserMetadata: map[string]string{"Colour": "blue"}}))
		same(s.get("a b/é+"), "hello")
		info, err := s.StatObject(ctx, s.bucket, "a b/é+", minio.StatObjectOptions{})
		ok(err)
		same([]string{info.ETag, info.UserMetadata["Colour"]}, []string{"5d41402abc4b2a76b9719d911017c592", "blue"})
		s.calls("PutObject 200", "GetObject 200", "HeadObject 200")
	}},
	{"over plain http it frames, and the frames are stored", func(s *scene) {
		ok(s.put(clientOf("", minio.BucketLookupDNS, false), "k", "hello", minio.PutObjectOptions{}))
		stored := s.get("k")
		same([]bool{strings.HasPrefix(stored, "5;chunk-signature="), strings.Contains(stored, "\r\nhello\r\n0;chunk-signature=")}, []bool{true, true})
		s.calls("PutObject 200", "GetObject 200")
	}},
	{"and are taken off where the switch says so", func(s *scene) {
		s.turn("decode")
		err := s.put(clientOf("", minio.BucketLookupDNS, false), "k", "hello", minio.PutObjectOptions{})
		s.turn("raw")
		ok(err)
		same(s.get("k"), "hello")
		s.calls("PutObject 200", "GetObject 200")
	}},
	{"path style is refused", func(s *scene) {
		refused(s.put(clientOf("", minio.BucketLookupPath, true), "k", "x", minio.PutObjectOptions{}), 403, "PathStyleDomainForbidden")
		s.calls("PutObject 403 PathStyleDomainForbidden")
	}},
	{"a large object goes up in parts", func(s *scene) {
		big := bytes.Repeat([]byte("0123456789abcdef"), 11<<16)
		_, err := s.PutObject(ctx, s.bucket, "big", bytes.NewReader(big), int64(len(big)), minio.PutObjectOptions{PartSize: 5 << 20, NumThreads: 1})
		ok(err)
		same(s.get("big") == string(big), true)
		s.calls("InitiateMultipartUpload 200", "UploadPart 200", "UploadPart 200", "UploadPart 200", "CompleteMultipartUpload 200", "GetObject 200")
	}},
	{"a list is read to its end", func(s *scene) {
		for _, key := range []string{"a/1", "a/2", "b"} {
			ok(s.put(s.Client, key, "x", minio.PutObjectOptions{}))
		}
		got := []string{}
		for object := range s.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Recursive: true, MaxKeys: 2}) {
			ok(object.Err)
			got = append(got, object.Key)
		}
		same(got, []string{"a/1", "a/2", "b"})
		s.calls("PutObject 200", "PutObject 200", "PutObject 200", "GetBucket 200", "GetBucket 200")
	}},
	{"many are deleted at once, with the md5", func(s *scene) {
		ok(s.put(s.Client, "k", "x", minio.PutObjectOptions{}))
		names := make(chan minio.ObjectInfo, 1)
		names <- minio.ObjectInfo{Key: "k"}
		close(names)
		for failure := range s.RemoveObjects(ctx, s.bucket, names, minio.RemoveObjectsOptions{}) {
			ok(failure.Err)
		}
		_, err := s.StatObject(ctx, s.bucket, "k", minio.StatObjectOptions{})
		refused(err, 404, "NoSuchKey")
		s.calls("PutObject 200", "DeleteMultipleObjects 200", "HeadObject 404 NoSuchKey")
	}},
	{"a copy and a presigned url", func(s *scene) {
		ok(s.put(s.Client, "k", "hello", minio.PutObjectOptions{}))
		_, err := s.CopyObject(ctx, minio.CopyDestOptions{Bucket: s.bucket, Object: "copy"}, minio.CopySrcOptions{Bucket: s.bucket, Object: "k"})
		ok(err)
		url, err := s.PresignedGetObject(ctx, s.bucket, "copy", time.Minute, nil)
		ok(err)
		reply, err := http.Get(url.String())
		ok(err)
		defer reply.Body.Close()
		data, err := io.ReadAll(reply.Body)
		ok(err)
		same(string(data), "hello")
		s.calls("PutObject 200", "PutObjectCopy 200", "GetObject 200")
	}},
	{"a reader may not write", func(s *scene) {
		refused(s.put(clientOf("READER_", minio.BucketLookupDNS, true), "k", "x", minio.PutObjectOptions{}), 403, "AccessDenied")
		s.calls("PutObject 403 AccessDenied")
	}},
}

// play is why it is not true; nil: it is.
func play(number int, run func(s *scene)) (problem interface{}) {
	defer func() { problem = recover() }()
	run(openScene(number))
	return
}

func main() {
	failed := 0
	for number, scenario := range scenarios {
		if problem := play(number, scenario.run); problem != nil {
			failed++
			fmt.Printf("FAIL %s: %v\n", scenario.name, problem)
		} else {
			fmt.Println("ok   " + scenario.name)
		}
	}
	fmt.Printf("%d passed, %d failed\n", len(scenarios)-failed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
