import { writeFileSync } from 'node:fs';
import { PAGE, propsPage } from './page';

writeFileSync(PAGE, propsPage());
