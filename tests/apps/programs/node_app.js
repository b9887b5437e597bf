// node-redis: jobs are entries of a stream that a consumer group reads; the results are
// published and kept in a hash. The environment is told in program.py.
'use strict';
const fs = require('fs');
const { createClient } = require('redis');

const connect = async () => {
  const client = createClient({ socket: { port: Number(process.env.APP_NODE), host: '127.0.0.1' } });
  client.on('error', (err) => console.log('connection:', err.message));
  await client.connect();
  return client;
};
const sleep = (s) => new Promise((resolve) => setTimeout(resolve, 1000 * s));

async function work() {
  const client = await connect();
  await client.xGroupCreate('jobs', 'workers', '0', { MKSTREAM: true }).catch((err) => {
    if (!err.message.startsWith('BUSYGROUP')) throw err;
  });
  for (;;) {
    const read = await client.xReadGroup('workers', `w${process.pid}`, { key: 'jobs', id: '>' }, { COUNT: 5, BLOCK: 500 });
    for (const { id, message } of read ? read[0].messages : []) {
      fs.appendFileSync(process.env.APP_LOG, `${message.n}\n`);
      await client.multi().hSet('results', message.n, 2 * message.n).xAck('jobs', 'workers', id)
        .publish('done', message.n).exec();
    }
  }
}

async function send() {
  const client = await connect();
  const subscriber = client.duplicate();
  await subscriber.connect();
  let heard = 0;
  await subscriber.subscribe('done', () => { heard++; });
  let n = 0;
  for (; !fs.existsSync(process.env.APP_STOP); n++) {
    await client.xAdd('jobs', '*', { n: String(n) });
    console.log('sent', n);
    await sleep(Number(process.env.APP_PAUSE));
  }
  const end = Date.now() + 1000 * Number(process.env.APP_PATIENCE);
  while ((await client.hLen('results') < n || heard < n) && Date.now() < end) await sleep(0.05);
  const results = await client.hGetAll('results');
  for (let i = 0; i < n; i++) {
    const value = results[i];
    if (value !== undefined && Number(value) !== 2 * i) throw new Error(`job ${i} has the result ${value}`);
    console.log(value === undefined ? 'missing' : 'result', i);
  }
  if (heard !== n) throw new Error(`${heard} of ${n} messages were heard`);
  await client.quit();
  await subscriber.quit();
}

({ work, send })[process.argv[2]]().catch((err) => {
  console.log(err);
  process.exit(1);
});
