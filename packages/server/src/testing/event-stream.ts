/** The data of each event of a `text/event-stream` response. */
export async function* eventData(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    const events = (rest + decoder.decode(part, { stream: true })).split('\n\n');
    rest = events.pop()!;
    for (const event of events) if (event.startsWith('data: ')) yield event.slice(6);
  }
}
