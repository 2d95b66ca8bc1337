import type { BodyOf, WireType } from '@atomicity/kernel/wire/objects';

type Named<Type extends WireType> = Exclude<keyof BodyOf<Type> & string, 'v' | 'type' | 'nonce'>;

/** What no codec can say of a type, in words. */
export type PageText<Type extends WireType> = {
  /** What the object is for and what a book does with it. */
  readonly purpose: string;
  readonly signers: string;
  /** What each member means. */
  readonly members: { readonly [Name in Named<Type>]: string };
  /** The same of members inside a member, by path: `route.part`, `payees[].party`. */
  readonly inside?: Readonly<Record<string, string>>;
};

export type PageTexts<Type extends WireType> = { readonly [One in Type]: PageText<One> };
