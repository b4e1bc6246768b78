import { carryOut } from '../command-line';
import { mutantsCommand } from './command';

void carryOut(mutantsCommand());
