// Node's clients against httpbin: clients.mjs URL.  Prints {"name": null or what went wrong}.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';

const base = process.argv[2];
const port = new URL(base).port;
const get = async (path, options) => (await fetch(base + path, options)).json();
const sha256 = (data) => createHash('sha256').update(data).digest('hex');

// One request by the http module; `write` sends the body.
function ask(options, write = (request) => request.end()) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, ...options }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve({ request, response, body: Buffer.concat(pieces) }));
    });
    request.on('error', reject);
    write(request);
  });
}

const checks = {
  async 'fetch gets JSON'() {
    const got = await get('/get?a=1&a=2', { headers: { 'X-Thread': 'warp' } });
    assert.deepEqual(got.args, { a: ['1', '2'] });
    assert.equal(got.headers['X-Thread'], 'warp');
  },

  async 'fetch posts JSON'() {
    const got = await get('/post', { method: 'POST', body: '{"a":1}', headers: { 'Content-Type': 'application/json' } });
    assert.deepEqual(got.json, { a: 1 });
  },

  async 'fetch posts forms'() {
    const form = new FormData();
    form.append('colour', 'indigo');
    form.append('colour', 'madder');
    form.append('sample', new Blob([Uint8Array.of(0xff, 0)], { type: 'image/png' }), 'cloth.png');
    const got = await get('/post', { method: 'POST', body: form });
    assert.deepEqual(got.form, { colour: ['indigo', 'madder'] });
    assert.deepEqual(got.files, { sample: 'data:image/png;base64,/wA=' });
    const pairs = await get('/post', { method: 'POST', body: new URLSearchParams({ a: 'x y', b: '&' }) });
    assert.deepEqual(pairs.form, { a: 'x y', b: '&' });
  },

  async 'fetch decodes'() {
    assert.equal((await get('/gzip')).gzipped, true);
    assert.equal((await get('/deflate')).deflated, true);
    assert.equal((await get('/brotli')).brotli, true);
  },

  async 'fetch follows redirects'() {
    const response = await fetch(base + '/redirect/5');
    assert.equal(response.redirected, true);
    assert.equal(response.url, base + '/get');
    await response.text();
    assert.equal((await fetch(base + '/redirect/1', { redirect: 'manual' })).status, 302);
    await assert.rejects(fetch(base + '/redirect/1', { redirect: 'error' }));
    const kept = await get('/redirect-to?url=/anything&status_code=308', { method: 'PUT', body: 'kept' });
    assert.deepEqual([kept.method, kept.data], ['PUT', 'kept']);
  },

  async 'fetch sees statuses without a body'() {
    for (const status of [204, 205, 304, 404, 500]) {
      const response = await fetch(`${base}/status/${status}`);
      assert.deepEqual([response.status, await response.text()], [status, '']);
    }
  },

  async 'fetch reads a stream'() {
    const response = await fetch(base + '/stream-bytes/3000000?seed=7&chunk_size=5000');
    const hash = createHash('sha256');
    for await (const piece of response.body) hash.update(piece);
    const whole = Buffer.from(await (await fetch(base + '/stream-bytes/3000000?seed=7')).arrayBuffer());
    assert.equal(hash.digest('hex'), sha256(whole));
  },

  async 'fetch sends a stream'() {
    const piece = new Uint8Array(65536).fill(7);
    let left = 40;
    const body = new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(piece);
        else controller.close();
      },
    });
    const got = await get('/upload', { method: 'POST', body, duplex: 'half' });
    assert.equal(got.length, 40 * 65536);
    assert.equal(got.sha256, sha256(Buffer.alloc(40 * 65536, 7)));
  },

  async 'fetch gives up, and goes on'() {
    await assert.rejects(fetch(base + '/delay/10', { signal: AbortSignal.timeout(100) }));
    const response = await fetch(base + '/stream-bytes/100000000');
    await response.body.cancel();
    assert.ok((await get('/uuid')).uuid);
  },

  async 'fetch asks for a range'() {
    const response = await fetch(base + '/range/26', { headers: { Range: 'bytes=23-' } });
    assert.deepEqual([response.status, await response.text()], [206, 'xyz']);
  },

  async 'fetch reads events'() {
    const response = await fetch(base + '/sse?count=3&duration=0.1');
    let text = '';
    for await (const piece of response.body) text += Buffer.from(piece);
    const events = text.split('\n\n').filter((event) => event.includes('event: ping'));
    assert.deepEqual(events.map((event) => JSON.parse(/data: (.*)/.exec(event)[1]).id), [0, 1, 2]);
  },

  async 'fetch asks much at once'() {
    const all = await Promise.all(Array.from({ length: 100 }, (_, i) => get(`/anything/${i}`)));
    assert.ok(all.every((got, i) => got.url === `${base}/anything/${i}`));
  },

  async 'http takes and sends trailers'() {
    const { response, body } = await ask({ path: '/trailers?X-Thread=weft', method: 'POST',
      headers: { Trailer: 'X-Sum', 'Transfer-Encoding': 'chunked' } }, (request) => {
      request.write('abc');
      request.addTrailers({ 'X-Sum': '6' });
      request.end();
    });
    assert.equal(response.trailers['x-thread'], 'weft');
    assert.equal(response.trailers['content-digest'],
      `sha-256=:${createHash('sha256').update(body).digest('base64')}:`);
    assert.deepEqual(JSON.parse(body).trailers, { 'X-Sum': '6' });
  },

  async 'http waits for 100 Continue'() {
    let continued = false;
    const { body } = await ask({ path: '/upload', method: 'PUT', headers: { Expect: '100-continue' } }, (request) => {
      request.flushHeaders();
      request.on('continue', () => {
        continued = true;
        request.end('abc');
      });
    });
    assert.equal(continued, true);
    assert.equal(JSON.parse(body).sha256, sha256('abc'));
  },

  async 'http is told of early hints'() {
    let hints;
    const { response } = await ask({ path: '/early-hints' }, (request) => {
      request.on('information', (information) => { hints = information; });
      request.end();
    });
    assert.deepEqual([hints.statusCode, hints.headers.link], [103, '</style.css>; rel=preload; as=style']);
    assert.equal(response.statusCode, 200);
    assert.equal((await fetch(base + '/early-hints')).status, 200);
  },

  async 'http keeps its connection'() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set();
    for (const [method, path, status] of [['GET', '/status/404', 404], ['HEAD', '/get', 200], ['GET', '/status/204', 204],
      ['GET', '/status/304', 304], ['HEAD', '/stream/3', 200], ['POST', '/status/500', 500], ['GET', '/bytes/x', 404],
      ['GET', '/get', 200]]) {
      const { request, response } = await ask({ agent, method, path });
      assert.equal(response.statusCode, status, path);
      ports.add(request.socket?.localPort ?? request.reusedSocket);
      ports.delete(true);
    }
    agent.destroy();
    assert.ok(ports.size <= 1, [...ports].join());
  },
};

const results = {};
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    results[name] = null;
  } catch (error) {
    results[name] = String(error?.stack ?? error);
  }
}
console.log(JSON.stringify(results));
process.exit(0);
