import { join } from 'node:path';
import { ownedHandler } from '../../lib/handlers';
import { newStack } from './support';

test('a bundle that was not built is missed by name, with the command that builds it', () => {
  expect(() => ownedHandler(newStack(), 'Ingest', 'ingest', {}, '/nowhere')).toThrow(
    `handler ingest: got no ${join('/nowhere', 'ingest', 'index.js')}, want its bundle there; run npm run build:handlers`,
  );
});
