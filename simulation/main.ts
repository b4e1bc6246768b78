import { simulateCommand } from './command';
import { carryOut } from './command-line';

void carryOut(simulateCommand());
