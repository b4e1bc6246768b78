import { simulateCommand } from './command';
import { carryOut } from './command-line';
import { compilePlainly } from './kernel/compiler';

compilePlainly();
void carryOut(simulateCommand());
