// SPDX-License-Identifier: Apache-2.0
// The official Node SDKs against a running mock. Run under `cosmock exec -- node flow.js`.
//
// Nothing here knows it is a mock but the two control calls that age a token and read the journal. Every claim asserts what
// the SDK saw AND the journal: the calls since the last claim, as "operation key status code". Expected values are facts of the
// service (sts-cam s.4, cos-wire s.1.5, 2.1). The newest SDK and the last 2.x go through the same claims.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');

const request = require('cos-request'); // the SDK's own HTTP client: finds proxy and CA as the SDK does
const cosSts = require('qcloud-cos-sts');
const { sts } = require('tencentcloud-sdk-nodejs-sts');

const env = process.env;
const Bucket = env.COSMOCK_BUCKET;
const Region = env.COSMOCK_REGION;
const KEY = { SecretId: env.COSMOCK_SECRET_ID, SecretKey: env.COSMOCK_SECRET_KEY };
const CONTROL = `${env.COSMOCK_CONTROL}/v1/t/${env.COSMOCK_TENANT}`;

let passed = 0;
let failed = 0;
let seen = 0; // the journal's last entry that a claim has looked at

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

async function entriesSinceLastClaim() {
  const page = await control('GET', `/journal?after=${seen}`);
  seen = page.last_seq;
  return page.entries;
}

/** One sentence that must be true; `calls` is what the mock must have seen since the last one, in any order. */
async function claim(name, truth, calls, detail) {
  const entries = await entriesSinceLastClaim();
  const got = entries.map((e) => [e.op, e.key, e.status, e.code].filter((part) => part).join(' ')).sort();
  const agrees = JSON.stringify(got) === JSON.stringify(calls.slice().sort());
  if (truth && agrees) {
    passed++;
    console.log('ok   ' + name);
  } else {
    failed++;
    console.log(`FAIL ${name} ${truth ? '' : JSON.stringify(detail)} ${agrees ? '' : 'the journal has ' + JSON.stringify(got)}`);
  }
  return entries;
}

/** The service's error of a call that must fail, as "status code". */
async function refusal(promise) {
  try {
    await promise;
    return 'it succeeded';
  } catch (error) {
    return `${error.statusCode} ${error.code}`;
  }
}

function get(url) {
  return new Promise((resolve, reject) =>
    request({ url, encoding: null }, (error, reply) => (error ? reject(error) : resolve(reply))));
}

/** The claims, for one version of the SDK. */
class Flow {
  constructor(COS, run) {
    this.COS = COS;
    this.run = run;
    this.cos = new COS(KEY);
  }

  at(key) {
    return { Bucket, Region, Key: this.run + key };
  }

  /** A line of the journal about one of our keys. */
  line(op, key, result) {
    return `${op} ${this.run}${key} ${result}`;
  }

  async objects() {
    const { cos } = this;
    const small = Buffer.from('Hello COS \0\xff'.repeat(7), 'latin1');
    const md5 = crypto.createHash('md5').update(small).digest('hex');
    const put = await cos.putObject({ ...this.at('small'), Body: small, Headers: { 'x-cos-meta-colour': 'blue' }, ContentType: 'text/x-claim' });
    await claim('put answers with the MD5 as ETag', put.ETag === `"${md5}"`, [this.line('PutObject', 'small', 200)], put);
    const got = await cos.getObject(this.at('small'));
    await claim('get returns the bytes', small.equals(got.Body), [this.line('GetObject', 'small', 200)], got);
    const head = await cos.headObject(this.at('small'));
    await claim('metadata, type, length and ETag come back', head.headers['x-cos-meta-colour'] === 'blue'
      && head.headers['content-type'] === 'text/x-claim' && head.headers['content-length'] === String(small.length)
      && head.ETag === put.ETag, [this.line('HeadObject', 'small', 200)], head);
    const range = await cos.getObject({ ...this.at('small'), Range: 'bytes=3-9' });
    const [entry] = await claim('a range returns exactly the range and names it', small.slice(3, 10).equals(range.Body)
      && range.statusCode === 206 && range.headers['content-range'] === `bytes 3-9/${small.length}`,
      [this.line('GetObject', 'small', 206)], range);
    await claim('over TLS, signed by our key', entry.tls === true && entry.authn === 'ok' && entry.secret_id === KEY.SecretId, [], entry);
    await claim('a range beyond the end is InvalidRange', await refusal(cos.getObject({ ...this.at('small'), Range: 'bytes=9999-' }))
      === '416 InvalidRange', [this.line('GetObject', 'small', '416 InvalidRange')]);
    const unchanged = await refusal(cos.getObject({ ...this.at('small'), IfNoneMatch: put.ETag }));
    await claim('an unchanged object is 304', unchanged.startsWith('304 '), [this.line('GetObject', 'small', 304)], unchanged);
    await claim('another ETag is PreconditionFailed', await refusal(cos.getObject({ ...this.at('small'), IfMatch: '"other"' }))
      === '412 PreconditionFailed', [this.line('GetObject', 'small', '412 PreconditionFailed')]);
    await claim('a missing key is NoSuchKey', await refusal(cos.getObject(this.at('none'))) === '404 NoSuchKey',
      [this.line('GetObject', 'none', '404 NoSuchKey')]);
    const odd = "od d+%&=#/é中'(x)";
    await cos.putObject({ ...this.at(odd), Body: 'odd' });
    const back = await cos.getObject(this.at(odd));
    await cos.deleteObject(this.at(odd));
    await claim('a key with every awkward byte works', back.Body.toString() === 'odd',
      [this.line('PutObject', odd, 200), this.line('GetObject', odd, 200), this.line('DeleteObject', odd, 204)], back);
    const gone = await cos.deleteObject(this.at('none'));
    await claim('deleting what is not there is 204', gone.statusCode === 204, [this.line('DeleteObject', 'none', 204)], gone);
  }

  async listing() {
    const { cos } = this;
    const names = [...Array(12).keys()].map((n) => `${String(n).padStart(2, '0')}/x`);
    for (const name of names) {
      await cos.putObject({ ...this.at('list/' + name), Body: '' });
    }
    await claim('twelve empty objects go up', true, names.map((name) => this.line('PutObject', 'list/' + name, 200)));
    const prefixes = [];
    let page = { NextMarker: '' };
    do {
      page = await cos.getBucket({ Bucket, Region, Prefix: this.run + 'list/', Delimiter: '/', Marker: page.NextMarker, MaxKeys: 5 });
      prefixes.push(...page.CommonPrefixes.map((common) => common.Prefix));
    } while (page.IsTruncated === 'true');
    await claim('list pages through every common prefix once',
      JSON.stringify(prefixes) === JSON.stringify(names.map((name) => this.run + 'list/' + name.slice(0, 3))),
      Array(3).fill('GetBucket 200'), prefixes);
    const flat = await cos.getBucket({ Bucket, Region, Prefix: this.run + 'list/' });
    await claim('a flat list has size and ETag of each', flat.Contents.length === 12
      && flat.Contents.every((object) => object.Size === '0' && object.ETag === '"d41d8cd98f00b204e9800998ecf8427e"'),
      ['GetBucket 200'], flat.Contents);
    const reply = await cos.deleteMultipleObject({ Bucket, Region, Objects: names.map((name) => ({ Key: this.run + 'list/' + name })) });
    await claim('multi-delete deletes all', reply.Deleted.length === 12 && reply.Error.length === 0, ['DeleteMultipleObjects 200'], reply);
    const empty = await cos.getBucket({ Bucket, Region, Prefix: this.run + 'list/' });
    await claim('and nothing is left', empty.Contents.length === 0, ['GetBucket 200'], empty);
  }

  async multipart(folder) {
    const { cos } = this;
    const big = Buffer.alloc(20 << 20);
    for (let i = 0; i < 1 << 16; i++) {
      big[i] = Math.imul(i, 2654435761) >>> 13;
    }
    for (let filled = 1 << 16; filled < big.length; filled += 1 << 16) {
      big.copy(big, filled, 0, 1 << 16);
    }
    const file = path.join(folder, 'big');
    fs.writeFileSync(file, big);
    const up = await cos.uploadFile({ ...this.at('big'), FilePath: file, SliceSize: 1 << 20, ChunkSize: 5 << 20, AsyncLimit: 4 });
    const entries = await claim('a 20 MiB upload is a multipart of 4', /-4"$/.test(up.ETag), [
      'ListMultipartUploads 200', this.line('InitiateMultipartUpload', 'big', 200),
      ...Array(4).fill(this.line('UploadPart', 'big', 200)), this.line('CompleteMultipartUpload', 'big', 200)], up);
    const bytes = entries.filter((e) => e.op === 'UploadPart').reduce((sum, e) => sum + e.bytes_in, 0);
    await claim('and no byte was sent twice', bytes === big.length, [], bytes);
    const got = await cos.getObject(this.at('big'));
    await claim('it reads back byte for byte', big.equals(got.Body), [this.line('GetObject', 'big', 200)], got.Body.length);
    const CopySource = `${Bucket}.cos.${Region}.myqcloud.com/${this.run}big`;
    await cos.putObjectCopy({ ...this.at('copy'), CopySource, MetadataDirective: 'Replaced', Headers: { 'x-cos-meta-copy': 'yes' } });
    const copy = await cos.headObject(this.at('copy'));
    await claim('a copy has length, CRC and its new metadata', copy.headers['content-length'] === String(big.length)
      && copy.headers['x-cos-hash-crc64ecma'] === got.headers['x-cos-hash-crc64ecma'] && copy.headers['x-cos-meta-copy'] === 'yes',
      [this.line('PutObjectCopy', 'copy', 200), this.line('HeadObject', 'copy', 200)], copy);
    await cos.sliceCopyFile({ ...this.at('sliced'), CopySource, CopySliceSize: 1 << 20, CopyChunkSize: 10 << 20 });
    const sliced = await cos.headObject(this.at('sliced'));
    await claim('a copy in parts has the same length and CRC', sliced.headers['content-length'] === String(big.length)
      && sliced.headers['x-cos-hash-crc64ecma'] === got.headers['x-cos-hash-crc64ecma'], [
      this.line('HeadObject', 'big', 200), this.line('InitiateMultipartUpload', 'sliced', 200),
      ...Array(2).fill(this.line('UploadPartCopy', 'sliced', 200)), this.line('CompleteMultipartUpload', 'sliced', 200),
      this.line('HeadObject', 'sliced', 200)], sliced);
    const { UploadId } = await cos.multipartInit(this.at('open'));
    await cos.multipartUpload({ ...this.at('open'), UploadId, PartNumber: 1, Body: 'part' });
    const parts = await cos.multipartListPart({ ...this.at('open'), UploadId });
    await cos.multipartAbort({ ...this.at('open'), UploadId });
    await claim('an open upload lists its part and is aborted', parts.Part.length === 1 && parts.Part[0].Size === '4', [
      this.line('InitiateMultipartUpload', 'open', 200), this.line('UploadPart', 'open', 200), this.line('ListParts', 'open', 200),
      this.line('AbortMultipartUpload', 'open', 204)], parts);
    await claim('after that it is NoSuchUpload', await refusal(cos.multipartListPart({ ...this.at('open'), UploadId }))
      === '404 NoSuchUpload', [this.line('ListParts', 'open', '404 NoSuchUpload')]);
    const keys = ['big', 'copy', 'sliced', 'small'];
    await cos.deleteMultipleObject({ Bucket, Region, Objects: keys.map((key) => ({ Key: this.run + key })) });
    const gone = await refusal(cos.headObject(this.at('big')));
    await claim('after delete it is gone', gone.startsWith('404'), ['DeleteMultipleObjects 200', this.line('HeadObject', 'big', '404 NoSuchKey')], gone);
  }

  async presigned() {
    const { cos } = this;
    await cos.putObject({ ...this.at('signed'), Body: 'signed' });
    await claim('an object to sign for', true, [this.line('PutObject', 'signed', 200)]);
    const url = cos.getObjectUrl({ ...this.at('signed'), Sign: true, Expires: 300, Query: { 'response-content-type': 'text/x-claim' } });
    let reply = await get(url);
    await claim('a presigned URL works and carries its signed override', reply.statusCode === 200 && reply.body.toString() === 'signed'
      && reply.headers['content-type'] === 'text/x-claim', [this.line('GetObject', 'signed', 200)], String(reply.body));
    reply = await get(url.replace('/signed?', '/signeD?'));
    await claim('a tampered path is SignatureDoesNotMatch', reply.statusCode === 403
      && /<Code>SignatureDoesNotMatch<\/Code>.*<FormatString>get\n/s.test(String(reply.body)),
      [this.line('GetObject', 'signeD', '403 SignatureDoesNotMatch')], String(reply.body));
    reply = await get(url.replace(/q-signature=(.)/, (_, digit) => 'q-signature=' + (digit === '0' ? '1' : '0')));
    await claim('a tampered signature is SignatureDoesNotMatch', reply.statusCode === 403 && /<Code>SignatureDoesNotMatch</.test(String(reply.body)),
      [this.line('GetObject', 'signed', '403 SignatureDoesNotMatch')], String(reply.body));
    reply = await get(url.split('?')[0]);
    await claim('no signature is AccessDenied', reply.statusCode === 403 && /<Code>AccessDenied</.test(String(reply.body)),
      [this.line('GetObject', 'signed', '403 AccessDenied')], String(reply.body));
    const wrong = new this.COS({ ...KEY, SecretKey: 'x'.repeat(32) });
    await claim('a wrong secret is SignatureDoesNotMatch', await refusal(wrong.getObject(this.at('signed'))) === '403 SignatureDoesNotMatch',
      [this.line('GetObject', 'signed', '403 SignatureDoesNotMatch')]);
    const unknown = new this.COS({ ...KEY, SecretId: 'AKID' + 'z'.repeat(32) });
    await claim('an unknown id is InvalidAccessKeyId', await refusal(unknown.getObject(this.at('signed'))) === '403 InvalidAccessKeyId',
      [this.line('GetObject', 'signed', '403 InvalidAccessKeyId')]);
    await cos.deleteObject(this.at('signed'));
    await claim('the object is cleared away', true, [this.line('DeleteObject', 'signed', 204)]);
  }

  async tokens() {
    const scope = ['name/cos:PutObject', 'name/cos:GetObject'].map((action) => ({ action, bucket: Bucket, region: Region, prefix: this.run + 'in/*' }));
    const reply = await cosSts.getCredential({ secretId: KEY.SecretId, secretKey: KEY.SecretKey, region: Region, durationSeconds: 1800, policy: cosSts.getPolicy(scope) });
    const { tmpSecretId, tmpSecretKey, sessionToken } = reply.credentials;
    await claim('STS mints a token of the asked length', reply.expiredTime - reply.startTime === 1800 && sessionToken.length > 0,
      ['GetFederationToken 200'], reply.expiredTime);
    const temporary = { SecretId: tmpSecretId, SecretKey: tmpSecretKey, SecurityToken: sessionToken };
    const temp = new this.COS(temporary);
    await temp.putObject({ ...this.at('in/x'), Body: 'in' });
    const got = await temp.getObject(this.at('in/x'));
    const used = await claim('a narrowed token may do what its policy allows', got.Body.toString() === 'in',
      [this.line('PutObject', 'in/x', 200), this.line('GetObject', 'in/x', 200)], got);
    await claim('as a federated user', used.every((e) => e.secret_id === tmpSecretId && e.session_says === 'allow'), [], used);
    const [outside] = await claimRefused('and nothing outside its prefix', temp.putObject({ ...this.at('out/x'), Body: 'no' }),
      '403 AccessDenied', this.line('PutObject', 'out/x', '403 AccessDenied'));
    await claim('the journal says who denied it', outside.authz === 'deny' && outside.session_says === 'implicit' && outside.identity_says === 'allow', [], outside);
    await claimRefused('nor another action', temp.deleteObject(this.at('in/x')), '403 AccessDenied', this.line('DeleteObject', 'in/x', '403 AccessDenied'));
    const stored = await refusal(this.cos.headObject(this.at('out/x')));
    await claim('nothing was stored outside', stored.startsWith('404'), [this.line('HeadObject', 'out/x', '404 NoSuchKey')], stored);
    const url = temp.getObjectUrl({ ...this.at('in/x'), Sign: true });
    const presigned = await get(url);
    await claim('a URL presigned by a token works', presigned.body.toString() === 'in', [this.line('GetObject', 'in/x', 200)], String(presigned.body));
    await claimRefused('a temporary key without its token is refused', new this.COS({ ...temporary, SecurityToken: undefined }).getObject(this.at('in/x')),
      '403 InvalidAccessKeyId', this.line('GetObject', 'in/x', '403 InvalidAccessKeyId'));
    await claimRefused('a token of somebody else is refused', new this.COS({ ...temporary, SecurityToken: 'x' + sessionToken }).getObject(this.at('in/x')),
      '403 InvalidAccessKeyId', this.line('GetObject', 'in/x', '403 InvalidAccessKeyId'));
    await control('POST', '/clock', { token_advance_ms: 1801 * 1000 });
    await claimRefused('after its end it is ExpiredToken', temp.getObject(this.at('in/x')), '403 ExpiredToken', this.line('GetObject', 'in/x', '403 ExpiredToken'));
    await this.cos.deleteObject(this.at('in/x'));
    await claim('the permanent key is untouched by that', true, [this.line('DeleteObject', 'in/x', 204)]);
    await this.federationLimit();
  }

  /** A client whose token has one statement about one object, with the condition, as the demos of cos-sts ask for it. */
  async limited(key, condition, more) {
    const resource = `qcs::cos:${Region}:uid/${Bucket.split('-').pop()}:${Bucket}/${this.run}${key}`;
    const statement = [{ action: ['name/cos:PutObject', 'name/cos:PostObject'], effect: 'allow', resource: [resource], condition, ...more }];
    const reply = await cosSts.getCredential({ secretId: KEY.SecretId, secretKey: KEY.SecretKey, region: Region, durationSeconds: 1800,
      policy: { version: '2.0', statement } });
    const { tmpSecretId, tmpSecretKey, sessionToken } = reply.credentials;
    await claim('a demo of cos-sts is given its token', reply.expiredTime - reply.startTime === 1800, ['GetFederationToken 200'], reply);
    return new this.COS({ SecretId: tmpSecretId, SecretKey: tmpSecretKey, SecurityToken: sessionToken });
  }

  /** The policies of qcloud-cos-sts-sdk's demos (nodejs/demo/demo.js, getKeyAndCredentials.js): an image of 5 MB at most, one name in the old form. */
  async demos() {
    const at = (key, size, ContentType) => ({ ...this.at(key), Body: Buffer.alloc(size), ContentType });
    const image = await this.limited('image', { string_like: { 'cos:content-type': 'image/*' }, numeric_less_than_equal: { 'cos:content-length': 5 * 1024 * 1024 } });
    await image.putObject(at('image', 5 * 1024 * 1024, 'image/png'));
    await claim('5 MB of an image are let in', true, [this.line('PutObject', 'image', 200)]);
    await claimRefused('one byte more is not', image.putObject(at('image', 5 * 1024 * 1024 + 1, 'image/png')), '403 AccessDenied',
      this.line('PutObject', 'image', '403 AccessDenied'));
    const [text] = await claimRefused('nor is what is no image', image.putObject(at('image', 1, 'text/plain')), '403 AccessDenied',
      this.line('PutObject', 'image', '403 AccessDenied'));
    await claim('and the journal says why', /cos:content-type/.test(text.authz_reason), [], text.authz_reason);
    const free = await this.limited('free', {});
    await free.putObject(at('free', 1, 'text/plain'));
    await claim('an empty condition asks for nothing', true, [this.line('PutObject', 'free', 200)]);
    const [name, appid] = [Bucket.slice(0, Bucket.lastIndexOf('-')), Bucket.split('-').pop()];
    const old = await this.limited('old', undefined, { principal: { qcs: ['*'] }, resource: [`qcs::cos:${Region}:uid/${appid}:prefix//${appid}/${name}/${this.run}old`] });
    await old.putObject(at('old', 1, 'text/plain'));
    await claim('the older form of a resource names the same object', true, [this.line('PutObject', 'old', 200)]);
    await claimRefused('and no other', old.putObject(at('older', 1, 'text/plain')), '403 AccessDenied', this.line('PutObject', 'older', '403 AccessDenied'));
    for (const key of ['image', 'free', 'old']) {
      await this.cos.deleteObject(this.at(key));
    }
    await claim('the objects are cleared away', true, ['image', 'free', 'old'].map((key) => this.line('DeleteObject', key, 204)));
  }

  /** The same call by the general SDK of Tencent Cloud, signed by TC3 instead of by the older scheme. */
  async federationLimit() {
    const client = new sts.v20180813.Client({ credential: { secretId: KEY.SecretId, secretKey: KEY.SecretKey }, region: Region });
    const Policy = encodeURIComponent(JSON.stringify({ version: '2.0', statement: [{ effect: 'allow', action: 'name/cos:*', resource: '*' }] }));
    const good = await client.GetFederationToken({ Name: 'flow', Policy, DurationSeconds: 7200 });
    await claim('a root key gets 7200 s', good.Credentials.TmpSecretId.startsWith('AKID'), ['GetFederationToken 200'], good.ExpiredTime);
    let code = '';
    await client.GetFederationToken({ Name: 'flow', Policy, DurationSeconds: 7201 }).catch((error) => { code = error.code; });
    await claim('and no second more', code === 'InvalidParameter.OverTimeError', ['GetFederationToken 200 InvalidParameter.OverTimeError'], code);
  }
}

async function claimRefused(name, promise, want, line) {
  const got = await refusal(promise);
  return claim(name, got === want, [line], got);
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'node-flow-'));
  try {
    for (const name of ['cos-nodejs-sdk-v5', 'cos-nodejs-sdk-v5-2']) {
      const COS = require(name);
      console.log(`-- cos-nodejs-sdk-v5 ${COS.version}`);
      const flow = new Flow(COS, `node-${process.pid}/${COS.version}/`);
      await flow.objects();
      await flow.listing();
      await flow.multipart(folder);
      await flow.presigned();
      await flow.demos();
      await flow.tokens();
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main().catch((error) => {
  console.log('FAIL the flow ended early', error);
  process.exitCode = 1;
});
