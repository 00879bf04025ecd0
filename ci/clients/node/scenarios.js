// SPDX-License-Identifier: Apache-2.0
// Scenarios of the official Node SDK against a running mock. Run under `cosmock exec -- node scenarios.js [WORD]`.
//
// A scenario is a function; its name is the claim. It has a bucket of its own and says what the SDK saw and, with `calls`, everything
// that the mock saw since the last look, as "operation status code". Expected values are the documents' (cos-wire, cos-operations-1 and -2).
// WORD: only the scenarios with it in their name.
'use strict';
const crypto = require('crypto');
const http = require('http');

const COS = require('cos-nodejs-sdk-v5');
const request = require('cos-request'); // the SDK's own HTTP client: finds proxy and CA as the SDK does

const env = process.env;
const Region = env.COSMOCK_REGION;
const APPID = env.COSMOCK_APPID;
const OWNER = `qcs::cam::uin/${env.COSMOCK_UIN}:uin/${env.COSMOCK_UIN}`;
const CONTROL = `${env.COSMOCK_CONTROL}/v1/t/${env.COSMOCK_TENANT}`;
const SSE_KEY = '0123456789ABCDEF0123456789ABCDEF'; // the sample key of the documents

/** What was seen is not what the documents say. */
class Wrong extends Error {}

function same(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) {
    throw new Wrong(`${what || 'value'}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  }
}

/** A call of the control API about our tenant; loopback needs no proxy. */
function control(method, suffix, body) {
  return new Promise((resolve, reject) => {
    const call = http.request(CONTROL + suffix, { method, agent: new http.Agent() }, (reply) => {
      const chunks = [];
      reply.on('data', (chunk) => chunks.push(chunk));
      reply.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString() || 'null')));
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** An unsigned request. */
function unsigned(options) {
  return new Promise((resolve, reject) => request(options, (error, reply) => (error ? reject(error) : resolve(reply))));
}

const codeOf = (reply) => (/<Code>(.*?)<\/Code>/.exec(String(reply.body)) || [])[1];
const md5 = (bytes, form) => crypto.createHash('md5').update(bytes).digest(form);

/** What a scenario works with: a bucket of its own, the owner's client, and the journal since the last look. */
class Scene {
  constructor(number) {
    this.Bucket = `scene-${number}-${APPID}`;
    this.cos = new COS({ SecretId: env.COSMOCK_SECRET_ID, SecretKey: env.COSMOCK_SECRET_KEY });
    this.reader = new COS({ SecretId: env.COSMOCK_READER_SECRET_ID, SecretKey: env.COSMOCK_READER_SECRET_KEY });
    this.host = `${this.Bucket}.cos.${Region}.myqcloud.com`;
  }

  async open() {
    await control('PUT', `/buckets/${this.Bucket}?region=${Region}`);
    this.seen = (await control('GET', '/journal?limit=1')).last_seq;
    return this;
  }

  /** Every request since the last look, in order: "operation status" and, of a refusal, its code. What the mock did by itself has no method. */
  async calls(...want) {
    const page = await control('GET', `/journal?after=${this.seen}`);
    this.seen = page.last_seq;
    const entries = page.entries.filter((e) => e.method);
    same(entries.map((e) => [e.op, e.status, e.code].filter((part) => part).join(' ')), want, 'the journal');
    return entries;
  }

  /** The call must fail with this answer of the service, "status code". */
  async refused(want, promise) {
    const got = await promise.then(() => 'it succeeded', (error) => `${error.statusCode} ${error.code}`);
    same(got, want, 'the refusal');
  }

  at(Key, more) {
    return { Bucket: this.Bucket, Region, Key, ...more };
  }

  bucket(more) {
    return { Bucket: this.Bucket, Region, ...more };
  }

  put(key, body, more) {
    return this.cos.putObject(this.at(key, { Body: body, ...more }));
  }

  async get(key, more) {
    return (await this.cos.getObject(this.at(key, more))).Body.toString();
  }

  head(key) {
    return this.cos.headObject(this.at(key));
  }

  anonymous(method, path, headers) {
    return unsigned({ method, url: `https://${this.host}${path}`, headers });
  }
}

const scenarios = {
  async 'an upload that must not overwrite leaves what is there'(s) {
    await s.put('k', 'old');
    await s.refused('409 FileAlreadyExists', s.put('k', 'new', { Headers: { 'x-cos-forbid-overwrite': 'true' } }));
    same(await s.get('k'), 'old');
    await s.calls('PutObject 200', 'PutObject 409 FileAlreadyExists', 'GetObject 200');
  },

  async 'a digest that does not fit stores nothing'(s) {
    await s.refused('400 BadDigest', s.put('k', 'x', { ContentMD5: md5('y', 'base64') }));
    await s.refused('404 NoSuchKey', s.cos.getObject(s.at('k')));
    await s.calls('PutObject 400 BadDigest', 'GetObject 404 NoSuchKey');
  },

  async 'a storage class is told and the standard one is not'(s) {
    await s.put('warm', 'x', { StorageClass: 'STANDARD_IA' });
    await s.put('hot', 'x');
    same((await s.head('warm')).headers['x-cos-storage-class'], 'STANDARD_IA');
    same((await s.head('hot')).headers['x-cos-storage-class'], undefined);
    const page = await s.cos.getBucket(s.bucket());
    same(page.Contents.map((e) => [e.Key, e.StorageClass]), [['hot', 'STANDARD'], ['warm', 'STANDARD_IA']]);
    await s.calls('PutObject 200', 'PutObject 200', 'HeadObject 200', 'HeadObject 200', 'GetBucket 200');
  },

  async 'parts out of order or unknown are not completed'(s) {
    const { UploadId } = await s.cos.multipartInit(s.at('big'));
    const { ETag } = await s.cos.multipartUpload(s.at('big', { UploadId, PartNumber: 1, Body: '1' }));
    const complete = (...Parts) => s.cos.multipartComplete(s.at('big', { UploadId, Parts }));
    await s.refused('400 InvalidPart', complete({ PartNumber: 1, ETag: '"0"' }));
    await s.refused('400 InvalidPartOrder', complete({ PartNumber: 2, ETag }, { PartNumber: 1, ETag }));
    await complete({ PartNumber: 1, ETag });
    same(await s.get('big'), '1');
    await s.calls('InitiateMultipartUpload 200', 'UploadPart 200', 'CompleteMultipartUpload 400 InvalidPart',
      'CompleteMultipartUpload 400 InvalidPartOrder', 'CompleteMultipartUpload 200', 'GetObject 200');
  },

  async 'a user does what its policy says and no more'(s) {
    await s.put('k', 'x');
    same((await s.reader.getObject(s.at('k'))).Body.toString(), 'x');
    await s.refused('403 AccessDenied', s.reader.putObject(s.at('k', { Body: 'y' })));
    const entries = await s.calls('PutObject 200', 'GetObject 200', 'PutObject 403 AccessDenied');
    same(entries[2].questions.map((question) => question.allowed), [false]);
  },

  async 'a bucket is its owners once'(s) {
    const made = { Bucket: s.Bucket.replace('scene', 'made'), Region };
    await s.cos.putBucket(made);
    await s.refused('409 BucketAlreadyOwnedByYou', s.cos.putBucket(made));
    same((await s.cos.getService({})).Buckets.some((bucket) => bucket.Name === made.Bucket), true);
    await s.cos.deleteBucket(made);
    await s.calls('PutBucket 200', 'PutBucket 409 BucketAlreadyOwnedByYou', 'GetService 200', 'DeleteBucket 204');
  },

  async 'a failure of the service is asked again'(s) {
    await control('POST', '/faults', { op: 'GetObject', kind: 'reply', http_status: 503, code: 'SlowDown', times: 1, key_glob: 'again' });
    await s.put('again', 'x');
    same(await s.get('again'), 'x');
    await s.calls('PutObject 200', 'GetObject 503 SlowDown', 'GetObject 200');
  },

  async 'a presigned upload holds for its key and method'(s) {
    const url = await new Promise((resolve, reject) => s.cos.getObjectUrl(s.at('up', { Method: 'PUT', Sign: true, Expires: 60 }),
      (error, data) => (error ? reject(error) : resolve(data.Url))));
    same((await unsigned({ method: 'PUT', url, body: 'up' })).statusCode, 200);
    same(codeOf(await unsigned({ method: 'GET', url })), 'SignatureDoesNotMatch');
    await s.calls('PutObject 200', 'GetObject 403 SignatureDoesNotMatch');
  },

  async 'a signature of the old kind opens its object only'(s) {
    await s.put('a', 'one');
    await s.put('b', 'two');
    const sign = encodeURIComponent(s.cos.getV4Auth({ Bucket: s.Bucket, Key: 'a' }));
    const open = (key) => unsigned({ url: `https://${s.Bucket}.cos.${Region}.myqcloud.com/${key}?sign=${sign}` });
    same((await open('a')).body, 'one');
    same((await open('b')).statusCode, 403);
    await s.calls('PutObject 200', 'PutObject 200', 'GetObject 200', 'GetObject 403 SignatureDoesNotMatch');
  },

  async 'a copy replaces metadata only when told'(s) {
    await s.put('a', 'text', { Headers: { 'x-cos-meta-m': '1' } });
    await s.cos.putObjectCopy(s.at('same', { CopySource: `${s.host}/a` }));
    await s.cos.putObjectCopy(s.at('new', { CopySource: `${s.host}/a`, MetadataDirective: 'Replaced', Headers: { 'x-cos-meta-m': '2' } }));
    same([(await s.head('same')).headers['x-cos-meta-m'], (await s.head('new')).headers['x-cos-meta-m']], ['1', '2']);
    await s.refused('404 NoSuchKey', s.cos.putObjectCopy(s.at('k', { CopySource: `${s.host}/none` })));
    await s.calls('PutObject 200', 'PutObjectCopy 200', 'PutObjectCopy 200', 'HeadObject 200', 'HeadObject 200', 'PutObjectCopy 404 NoSuchKey');
  },

  async 'a bucket with an object or an open upload is not deleted'(s) {
    const { UploadId } = await s.cos.multipartInit(s.at('big'));
    await s.refused('409 BucketNotEmpty', s.cos.deleteBucket(s.bucket()));
    await s.cos.multipartAbort(s.at('big', { UploadId }));
    await s.cos.deleteBucket(s.bucket());
    await s.calls('InitiateMultipartUpload 200', 'DeleteBucket 409 BucketNotEmpty', 'AbortMultipartUpload 204', 'DeleteBucket 204');
  },

  async 'a bucket policy opens what it names and closes again'(s) {
    await s.put('pub/a', 'open');
    await s.refused('404 404', s.cos.getBucketPolicy(s.bucket())); // the SDK puts the status for the code
    await s.cos.putBucketPolicy(s.bucket({ Policy: { version: '2.0', statement: [{ effect: 'allow', action: ['name/cos:GetObject'],
      principal: { qcs: ['qcs::cam::anyone:anyone'] }, resource: [`qcs::cos:${Region}:uid/${APPID}:${s.Bucket}/pub/*`] }] } }));
    same((await s.anonymous('GET', '/pub/a')).body, 'open');
    const { Policy } = await s.cos.getBucketPolicy(s.bucket());
    same(Policy.Statement[0].resource, [`qcs::cos:${Region}:uid/${APPID}:${s.Bucket}/pub/*`]);
    await s.cos.deleteBucketPolicy(s.bucket());
    same(codeOf(await s.anonymous('GET', '/pub/a')), 'AccessDenied');
    await s.calls('PutObject 200', 'GetBucketPolicy 404 NoSuchPolicyVersion', 'PutBucketPolicy 204', 'GetObject 200', 'GetBucketPolicy 200',
      'DeleteBucketPolicy 204', 'GetObject 403 AccessDenied');
  },

  async 'every version is read by its id'(s) {
    await s.cos.putBucketVersioning(s.bucket({ VersioningConfiguration: { Status: 'Enabled' } }));
    same((await s.cos.getBucketVersioning(s.bucket())).VersioningConfiguration, { Status: 'Enabled' });
    const first = (await s.put('k', 'one')).headers['x-cos-version-id'];
    await s.put('k', 'two');
    same([await s.get('k'), await s.get('k', { VersionId: first })], ['two', 'one']);
    await s.refused('404 NoSuchVersion', s.cos.getObject(s.at('k', { VersionId: 'MTg0NDY3NDQwNzM3MDk1NTE2MTU' })));
    await s.calls('PutBucketVersioning 200', 'GetBucketVersioning 200', 'PutObject 200', 'PutObject 200', 'GetObject 200', 'GetObject 200',
      'GetObject 404 NoSuchVersion');
  },

  async 'a delete marker hides and its deletion restores'(s) {
    await s.cos.putBucketVersioning(s.bucket({ VersioningConfiguration: { Status: 'Enabled' } }));
    await s.put('k', 'one');
    const marker = (await s.cos.deleteObject(s.at('k'))).headers;
    same(marker['x-cos-delete-marker'], 'true');
    await s.refused('404 NoSuchKey', s.cos.getObject(s.at('k')));
    const page = await s.cos.listObjectVersions(s.bucket());
    same([page.DeleteMarkers.map((m) => [m.VersionId, m.IsLatest]), page.Versions.map((v) => v.IsLatest)],
      [[[marker['x-cos-version-id'], 'true']], ['false']]);
    await s.cos.deleteObject(s.at('k', { VersionId: marker['x-cos-version-id'] }));
    same(await s.get('k'), 'one');
    await s.calls('PutBucketVersioning 200', 'PutObject 200', 'DeleteObject 204', 'GetObject 404 NoSuchKey', 'GetBucketObjectVersions 200',
      'DeleteObject 204', 'GetObject 200');
  },

  async 'a public object is read by anyone until it is private'(s) {
    await s.put('k', 'open', { ACL: 'public-read' });
    same((await s.anonymous('GET', '/k')).body, 'open');
    const acl = await s.cos.getObjectAcl(s.at('k'));
    same([acl.ACL, acl.Owner.ID, acl.Grants.length], ['public-read', OWNER, 2]);
    await s.cos.putObjectAcl(s.at('k', { ACL: 'private' }));
    same(codeOf(await s.anonymous('GET', '/k')), 'AccessDenied');
    await s.calls('PutObject 200', 'GetObject 200', 'GetObjectACL 200', 'PutObjectACL 200', 'GetObject 403 AccessDenied');
  },

  async 'grants of a bucket are listed by user'(s) {
    await s.cos.putBucketAcl(s.bucket({ GrantRead: 'id="100000000021",id="100000000022"' }));
    const acl = await s.cos.getBucketAcl(s.bucket());
    same(acl.GrantRead, 'id="qcs::cam::uin/100000000021:uin/100000000021",id="qcs::cam::uin/100000000022:uin/100000000022"');
    await s.refused('400 InvalidArgument', s.cos.putBucketAcl(s.bucket({ ACL: 'public-read-writ' })));
    await s.calls('PutBucketACL 200', 'GetBucketACL 200', 'PutBucketACL 400 InvalidArgument');
  },

  async 'tags of a bucket are replaced as a whole'(s) {
    await s.cos.putBucketTagging(s.bucket({ Tags: [{ Key: 'a', Value: '1' }] }));
    await s.cos.putBucketTagging(s.bucket({ Tags: [{ Key: 'c', Value: '3' }] }));
    same((await s.cos.getBucketTagging(s.bucket())).Tags, [{ Key: 'c', Value: '3' }]);
    await s.cos.deleteBucketTagging(s.bucket());
    same((await s.cos.getBucketTagging(s.bucket())).Tags, [], 'no tags, as the SDK reads NoSuchTagSet');
    await s.calls('PutBucketTagging 204', 'PutBucketTagging 204', 'GetBucketTagging 200', 'DeleteBucketTagging 204',
      'GetBucketTagging 404 NoSuchTagSet');
  },

  async 'tags of an upload are counted and read back'(s) {
    await s.put('k', 'x', { Headers: { 'x-cos-tagging': 'a=1&b=2' } });
    same((await s.head('k')).headers['x-cos-tagging-count'], '2');
    same((await s.cos.getObjectTagging(s.at('k'))).Tags, [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }]);
    const eleven = [...Array(11).keys()].map((n) => ({ Key: `t${n}`, Value: 'v' }));
    await s.refused('400 BadRequest', s.cos.putObjectTagging(s.at('k', { Tags: eleven })));
    await s.calls('PutObject 200', 'HeadObject 200', 'GetObjectTagging 200', 'PutObjectTagging 400 BadRequest');
  },

  async 'an append goes on at its position only'(s) {
    const first = await s.cos.appendObject(s.at('log', { Position: 0, Body: 'one ' }));
    same(first.headers['x-cos-next-append-position'], '4');
    await s.refused('409 AppendPositionErr', s.cos.appendObject(s.at('log', { Position: 0, Body: 'x' })));
    await s.cos.appendObject(s.at('log', { Position: 4, Body: 'two' }));
    same(await s.get('log'), 'one two');
    await s.calls('AppendObject 200', 'AppendObject 409 AppendPositionErr', 'AppendObject 200', 'GetObject 200');
  },

  async 'an appended object grows where versions are kept'(s) {
    await s.cos.putBucketVersioning(s.bucket({ VersioningConfiguration: { Status: 'Enabled' } }));
    await s.put('log', 'plain');
    await s.cos.deleteObject(s.at('log'));
    await s.cos.appendObject(s.at('log', { Position: 0, Body: '12345' }));
    const head = await s.cos.headObject(s.at('log'));
    same([head.headers['content-length'], head.headers['x-cos-object-type']], ['5', 'appendable']);
    await s.cos.appendObject(s.at('log', { Position: 5, Body: '678' }));
    same(await s.get('log'), '12345678');
    await s.calls('PutBucketVersioning 200', 'PutObject 200', 'DeleteObject 204', 'AppendObject 200', 'HeadObject 200', 'AppendObject 200',
      'GetObject 200');
  },

  async 'a preflight is answered by the rule that fits'(s) {
    const ask = (Origin) => s.cos.optionsObject(s.at('k', { Origin, AccessControlRequestMethod: 'PUT' }));
    same((await ask('http://www.a.com')).OptionsForbidden, true);
    await s.cos.putBucketCors(s.bucket({ CORSRules: [{ AllowedOrigin: ['http://*.a.com'], AllowedMethod: ['PUT', 'GET'], AllowedHeader: ['*'],
      ExposeHeader: ['ETag'], MaxAgeSeconds: '5' }] }));
    const reply = await ask('http://www.a.com');
    same([reply.AccessControlAllowOrigin, reply.AccessControlAllowMethods, reply.AccessControlMaxAge], ['http://www.a.com', 'PUT,GET', '5']);
    same((await ask('http://b.com')).OptionsForbidden, true);
    await s.calls('OptionsObject 403 AccessForbidden', 'PutBucketCORS 200', 'OptionsObject 200', 'OptionsObject 403 AccessForbidden');
  },

  async 'a lifecycle comes back as it was put'(s) {
    const Rules = [{ ID: 'old', Status: 'Enabled', Filter: { Prefix: 'log/' }, Expiration: { Days: '30' } }];
    await s.cos.putBucketLifecycle(s.bucket({ Rules }));
    same((await s.cos.getBucketLifecycle(s.bucket())).Rules[0].Expiration, { Days: '30' });
    await s.cos.deleteBucketLifecycle(s.bucket());
    same((await s.cos.getBucketLifecycle(s.bucket())).Rules, [], 'no rules, as the SDK reads NoSuchLifecycleConfiguration');
    await s.calls('PutBucketLifecycle 200', 'GetBucketLifecycle 200', 'DeleteBucketLifecycle 204',
      'GetBucketLifecycle 404 NoSuchLifecycleConfiguration');
  },

  async 'a lifecycle takes what is old by the clock'(s) {
    await s.put('log/old', 'x');
    await s.put('kept', 'x');
    await s.cos.putBucketLifecycle(s.bucket({ Rules: [{ ID: 'old', Status: 'Enabled', Filter: { Prefix: 'log/' }, Expiration: { Days: '1' } }] }));
    await control('POST', '/clock', { modification_advance_ms: 3 * 86400 * 1000 });
    same((await s.cos.getBucket(s.bucket())).Contents.map((object) => object.Key), ['kept']);
    await s.calls('PutObject 200', 'PutObject 200', 'PutBucketLifecycle 200', 'GetBucket 200');
  },

  async 'logging is off until it is put'(s) {
    same((await s.cos.getBucketLogging(s.bucket())).BucketLoggingStatus, '');
    await s.cos.putBucketLogging(s.bucket({ BucketLoggingStatus: { LoggingEnabled: { TargetBucket: s.Bucket, TargetPrefix: 'log/' } } }));
    same((await s.cos.getBucketLogging(s.bucket())).BucketLoggingStatus.LoggingEnabled, { TargetBucket: s.Bucket, TargetPrefix: 'log/' });
    await s.cos.putBucketLogging(s.bucket({ BucketLoggingStatus: '' }));
    await s.calls('GetBucketLogging 200', 'PutBucketLogging 200', 'GetBucketLogging 200', 'PutBucketLogging 200');
  },

  async 'what is missing is fetched from the origin'(s) {
    const source = `source-${s.Bucket}`;
    await control('PUT', `/buckets/${source}?region=${Region}`);
    await s.cos.putBucketAcl({ Bucket: source, Region, ACL: 'public-read' });
    await s.cos.putObject({ Bucket: source, Region, Key: 'old/k', Body: 'bytes' });
    await s.cos.putBucketOrigin(s.bucket({ OriginRule: [{ RulePriority: '1', OriginType: 'Mirror', OriginCondition: { HTTPStatusCode: '404', Prefix: '' },
      OriginParameter: { Protocol: 'HTTP' }, OriginInfo: { HostInfo: { HostName: `${source}.cos.${Region}.myqcloud.com` },
        FileInfo: { PrefixConfiguration: { Prefix: 'old/' } } } }] }));
    same(await s.get('k'), 'bytes');
    await s.refused('404 NoSuchKey', s.cos.getObject(s.at('none')));
    await s.cos.deleteBucketOrigin(s.bucket());
    same(await s.get('k'), 'bytes'); // what was fetched stays
    await s.calls('PutBucketACL 200', 'PutObject 200', 'PutBucketOrigin 200', 'GetObject 200', 'GetObject 200',
      'GetObject 404 NoSuchKey', 'GetObject 404 NoSuchKey', 'DeleteBucketOrigin 204', 'GetObject 200');
  },

  async 'a website serves index and error document'(s) {
    await s.cos.putBucketAcl(s.bucket({ ACL: 'public-read' }));
    await s.put('index.html', 'index');
    await s.put('error.html', 'sorry');
    await s.cos.putBucketWebsite(s.bucket({ WebsiteConfiguration: { IndexDocument: { Suffix: 'index.html' }, ErrorDocument: { Key: 'error.html' } } }));
    const site = `http://${s.Bucket}.cos-website.${Region}.myqcloud.com`;
    same((await unsigned({ url: site + '/' })).body, 'index');
    const missing = await unsigned({ url: site + '/none' });
    same([missing.statusCode, missing.body], [404, 'sorry']);
    await s.calls('PutBucketACL 200', 'PutObject 200', 'PutObject 200', 'PutBucketWebsite 200', 'GetObject 200', 'GetObject 404 NoSuchKey');
  },

  async 'a strange referer is denied and a signature is not'(s) {
    await s.put('k', 'open', { ACL: 'public-read' });
    await s.cos.putBucketReferer(s.bucket({ RefererConfiguration: { Status: 'Enabled', RefererType: 'White-List',
      EmptyReferConfiguration: 'Deny', DomainList: { Domains: ['*.a.com'] } } }));
    same((await s.anonymous('GET', '/k', { Referer: 'http://www.a.com/page' })).body, 'open');
    same(codeOf(await s.anonymous('GET', '/k', { Referer: 'http://b.com' })), 'AccessDenied');
    same(await s.get('k'), 'open');
    await s.calls('PutObject 200', 'PutBucketReferer 200', 'GetObject 200', 'GetObject 403 AccessDenied', 'GetObject 200');
  },

  async 'a customers key opens what it closed'(s) {
    const keyed = (key) => ({ Headers: { 'x-cos-server-side-encryption-customer-algorithm': 'AES256',
      'x-cos-server-side-encryption-customer-key': Buffer.from(key).toString('base64'),
      'x-cos-server-side-encryption-customer-key-MD5': md5(key, 'base64') } });
    const put = await s.put('k', 'secret', keyed(SSE_KEY));
    same(put.headers['x-cos-server-side-encryption-customer-key-md5'], 'U5L61r7jcwdNvT7frmUG8g==');
    same(await s.get('k', keyed(SSE_KEY)), 'secret');
    await s.refused('400 SsecDecryptHeaderInvalid', s.cos.getObject(s.at('k')));
    await s.calls('PutObject 200', 'GetObject 200', 'GetObject 400 SsecDecryptHeaderInvalid');
  },

  async 'an archived object is restored by the clock'(s) {
    await s.put('k', 'cold', { StorageClass: 'ARCHIVE' });
    await s.refused('403 InvalidObjectState', s.cos.getObject(s.at('k')));
    await s.cos.restoreObject(s.at('k', { RestoreRequest: { Days: 3, CASJobParameters: { Tier: 'Expedited' } } }));
    await control('POST', '/clock', { modification_advance_ms: 6 * 60 * 1000 });
    same(await s.get('k'), 'cold');
    await s.calls('PutObject 200', 'GetObject 403 InvalidObjectState', 'PostObjectRestore 202', 'GetObject 200');
  },

  async 'a bucket knows its region'(s) {
    same((await s.cos.getBucketLocation(s.bucket())).LocationConstraint, Region);
    await s.calls('GetBucketLocation 200');
  },

  async 'an inventory is kept by its id'(s) {
    const InventoryConfiguration = { Id: 'list1', IsEnabled: 'true', IncludedObjectVersions: 'All', Schedule: { Frequency: 'Daily' },
      Destination: { COSBucketDestination: { AccountId: env.COSMOCK_UIN, Bucket: `qcs::cos:${Region}::${s.Bucket}`, Format: 'CSV', Prefix: 'p' } } };
    await s.cos.putBucketInventory(s.bucket({ Id: 'list1', InventoryConfiguration }));
    same((await s.cos.listBucketInventory(s.bucket())).InventoryConfigurations.map((entry) => entry.Id), ['list1']);
    await s.cos.deleteBucketInventory(s.bucket({ Id: 'list1' }));
    await s.refused('404 InventoryConfigurationNotFoundError', s.cos.getBucketInventory(s.bucket({ Id: 'list1' })));
    await s.calls('PutBucketInventory 200', 'GetBucketInventory 200', 'DeleteBucketInventory 204',
      'GetBucketInventory 404 InventoryConfigurationNotFoundError');
  },

  async 'a domain is listed until it is deleted'(s) {
    const DomainRule = [{ Status: 'DISABLED', Name: `www.${s.Bucket}.example.com`, Type: 'REST' }];
    await s.cos.putBucketDomain(s.bucket({ DomainRule }));
    same((await s.cos.getBucketDomain(s.bucket())).DomainRule, DomainRule);
    await s.cos.deleteBucketDomain(s.bucket());
    await s.refused('404 DomainConfigNotFoundError', s.cos.getBucketDomain(s.bucket()));
    await s.calls('PutBucketDomain 200', 'GetBucketDomain 200', 'DeleteBucketDomain 204', 'GetBucketDomain 404 DomainConfigNotFoundError');
  },

  async 'a document is selected from'(s) {
    await s.put('t.json', '{"a":123,"b":"x"}');
    const reply = await s.cos.selectObjectContent(s.at('t.json', { SelectType: 2, SelectRequest: { Expression: 'Select * from COSObject',
      ExpressionType: 'SQL', InputSerialization: { JSON: { Type: 'DOCUMENT' } }, OutputSerialization: { JSON: { RecordDelimiter: '\n' } },
      RequestProgress: { Enabled: 'FALSE' } } }));
    same(reply.Payload.toString(), '{"a":123,"b":"x"}\n');
    await s.calls('PutObject 200', 'SelectObjectContent 200');
  },
};

async function main(word = '') {
  const chosen = Object.entries(scenarios).filter(([name]) => name.includes(word));
  let failed = 0;
  for (const [number, [name, run]] of chosen.entries()) {
    try {
      await run(await new Scene(number).open());
      console.log('ok   ' + name);
    } catch (error) { // whatever it is, this scenario is not true
      failed++;
      console.log(`FAIL ${name}: ${error instanceof Wrong || error.statusCode ? error.message : error.stack}`);
    }
  }
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main(process.argv[2]);
