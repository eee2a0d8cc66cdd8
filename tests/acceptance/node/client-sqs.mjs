// Every call that a consumer or a producer makes with Node's own SDK. Prints what came back.
import * as sqs from '@aws-sdk/client-sqs';

const client = new sqs.SQSClient({});
const call = (action, input) => client.send(new sqs[`${action}Command`](input));
const refused = async (action, input) => {
  try {
    return await call(action, input);
  } catch (error) {
    return [error.name, error instanceof sqs.SQSServiceException];
  }
};
const found = {};

const { QueueUrls } = await call('ListQueues', {});
const { QueueUrl } = await call('GetQueueUrl', { QueueName: 'all-queue-prod' });
found.listed = QueueUrls.includes(QueueUrl);

const own = 'own \u00e9';
const bytes = { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) };
const sent = await call('SendMessage', { QueueUrl, MessageBody: own, MessageAttributes: { bytes } });
const delayed = { Id: 'delayed', MessageBody: 'delayed', DelaySeconds: 900 };
const batch = await call('SendMessageBatch', { QueueUrl, Entries: [{ Id: 'now', MessageBody: 'now' }, delayed] });
found.sent = [sent.MessageId.length, batch.Successful.length];

const messages = [];
while (messages.length < 14) {
  const answer = await call('ReceiveMessage', {
    QueueUrl,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: 5,
    VisibilityTimeout: 60,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  });
  messages.push(...(answer.Messages ?? []));
}
const events = messages.map((message) => message.Body).filter((body) => body.startsWith('{'));
found.ids = events.map((body) => JSON.parse(body).id).sort();
found.counts = [...new Set(messages.map((message) => message.Attributes.ApproximateReceiveCount))];
found.binary = [...messages.find((message) => message.Body === own).MessageAttributes.bytes.BinaryValue];

const [first, ...rest] = messages.map((message, n) => ({ Id: String(n), ReceiptHandle: message.ReceiptHandle }));
const longer = rest.slice(0, 10).map((entry) => ({ ...entry, VisibilityTimeout: 90 }));
const changed = await call('ChangeMessageVisibilityBatch', { QueueUrl, Entries: longer });
found.changed = [changed.Successful.length, (changed.Failed ?? []).length];
await call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 90 });
await call('DeleteMessage', { QueueUrl, ReceiptHandle: first.ReceiptHandle });
const wrong = { Id: 'wrong', ReceiptHandle: 'wrong' };
const deleted = await call('DeleteMessageBatch', { QueueUrl, Entries: [...rest.slice(0, 9), wrong] });
found.deleted = [deleted.Successful.length, deleted.Failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])];
await call('DeleteMessageBatch', { QueueUrl, Entries: rest.slice(9) });

const { Attributes } = await call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
found.left = ['', 'NotVisible', 'Delayed'].map((kind) => Attributes[`ApproximateNumberOfMessages${kind}`]);

found.unknown = await refused('GetQueueUrl', { QueueName: 'nowhere' });
found.receipt = await refused('DeleteMessage', { QueueUrl, ReceiptHandle: 'wrong' });
found.empty = await refused('DeleteMessageBatch', { QueueUrl, Entries: [] });
found.refused = await refused('DeleteQueue', { QueueUrl });
console.log(JSON.stringify(found));
