export type Stretch = readonly [from: number, to: number];
