import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '.';
import { rulesPage } from './page';

writeFileSync(join(__dirname, '..', 'docs', 'rules.md'), rulesPage(RULES));
