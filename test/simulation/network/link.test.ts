import { chancesOf } from '../../../simulation/kernel/chances';
import { Scheduler } from '../../../simulation/kernel/scheduler';
import { SeededTroubles } from '../../../simulation/kernel/troubles';
import { Link, type LinkTrouble } from '../../../simulation/network/link';

test('a host that is away says so at once, and nothing is done', async () => {
  const scheduler = new Scheduler();
  const troubles = new SeededTroubles<LinkTrouble>(chancesOf(1)('troubles'));
  const link = new Link({ scheduler, chance: chancesOf(1)('link'), latencyMs: [1, 2], troubles });
  troubles.set({ unavailable: 1 });
  let [done, said] = [0, ''];
  const asked = link.request({ enter: (act) => act() }, () => done++);
  asked.catch((error: Error) => (said = error.message));
  await scheduler.run(() => said !== '');
  expect([done, said]).toEqual([0, '503']);
});
