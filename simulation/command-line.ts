import { CommanderError, type Command } from 'commander';

/** The number of an option. @throws in words what is none, or is less than `least` */
export function numberOf(name: string, text: string, least?: 0): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && (least === undefined || number >= least)) return number;
  throw new Error(
    `${name}: got ${JSON.stringify(text)}, want a number${least === undefined ? '' : ` from ${least} on`}`,
  );
}

/** Carries out a command of this process. Exits 2 on bad input. */
export async function carryOut(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    // What is wrong with the command line commander has said itself.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 2;
    }
  }
}
