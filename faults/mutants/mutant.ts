import type { MappingSwitches } from '../../local';
import type { CheckId } from '../checker';

/** The product with one thing wrong in it, as a slip of its authors would leave it. */
export interface Mutant {
  readonly name: string;
  /** What is wrong, in a sentence. */
  readonly describe: string;
  /**
   * Text that occurs once in all sources of the runtime, and what stands there instead. It says by itself which file is
   * meant, so that a file may be moved; where the text was changed, the mutant is to be written anew.
   */
  readonly search: string;
  readonly replace: string;
  /** Faults that make it show, each once, in an order that is drawn. Empty: the load alone. */
  readonly faults: readonly string[];
  /** All of its faults last at once, where it takes two to make it show. @default false */
  readonly together?: boolean;
  /** Any of these checks must find it. */
  readonly finds: readonly CheckId[];
  /** What AWS does not document about the mapping, where the slip shows under one reading alone. */
  readonly mapping?: Partial<MappingSwitches>;
  /** Why no run finds it: a hole of the judge, said openly. */
  readonly hole?: string;
}
