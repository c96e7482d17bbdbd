// The query language in types: filters, orders, builders. `F` lists the fields that a method's filters may name,
// each with the type of its values.

/** A value, or none. */
type Value<T> = T | null;

/** What is asked of one field. Several tests of one object are met together. */
export interface Tests<T> {
  $eq?: Value<T>;
  $ne?: Value<T>;
  $lt?: T;
  $lte?: T;
  $gt?: T;
  $gte?: T;
  $in?: Value<T>[];
  $nin?: Value<T>[];
  $hasSome?: Value<T>[];
  $startsWith?: string;
  $exists?: boolean;
  $isEmpty?: boolean;
}

/** Which items match: every condition of the object is met. */
export type Filter<F> = { [K in keyof F]?: Value<F[K]> | Tests<F[K]> } & {
  $and?: Filter<F>[];
  $or?: Filter<F>[];
  $not?: Filter<F>;
};

/** A filter whose fields no type lists. */
export type FilterObject = Record<string, unknown>;

/** One field of an order. */
export interface SortingBy<F> {
  /** The field. */
  fieldName?: keyof F & string;
  /** `ASC` when absent. */
  order?: "ASC" | "DESC";
}

/** A query whose filter and sort name the fields that the method lists. */
export type Query<Base, F> = Omit<Base, "filter" | "sort"> & {
  /** Which items. */
  filter?: Filter<F> | null;
  /** In which order. */
  sort?: SortingBy<F>[] | null;
};

/** Options of one call. */
interface FindOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** Which fields have an order, and which are text. */
export interface Kinds<F> {
  ordered: keyof F;
  text: keyof F;
}

/** A page of what a builder finds. */
export interface QueryResult<F, Item, K extends Kinds<F> = Kinds<F>> {
  /** The items of this page. */
  items: Item[];
  /** How many there are. */
  length: number;
  /** How many there can be. */
  pageSize: number;
  /** The cursors of the pages around it. */
  cursors: { next?: string | null; prev?: string | null };
  /** The builder that found it. */
  query: FluentBuilder<F, Item, K>;
  hasNext: () => boolean;
  hasPrev: () => boolean;
  next: () => Promise<QueryResult<F, Item, K>>;
  prev: () => Promise<QueryResult<F, Item, K>>;
}

/** Builds a query step by step. Each step gives a new builder and leaves the old one as it was. */
export interface FluentBuilder<F, Item, K extends Kinds<F> = Kinds<F>> {
  /** The query so far. */
  readonly query: {
    filter?: FilterObject;
    sort?: { fieldName: string; order: string }[];
    cursorPaging: object;
  };
  eq: (propertyName: keyof F, value: unknown) => FluentBuilder<F, Item, K>;
  ne: (propertyName: keyof F, value: unknown) => FluentBuilder<F, Item, K>;
  ge: (propertyName: K["ordered"], value: unknown) => FluentBuilder<F, Item, K>;
  gt: (propertyName: K["ordered"], value: unknown) => FluentBuilder<F, Item, K>;
  le: (propertyName: K["ordered"], value: unknown) => FluentBuilder<F, Item, K>;
  lt: (propertyName: K["ordered"], value: unknown) => FluentBuilder<F, Item, K>;
  /** At least `from`, below `to`. */
  between: (propertyName: K["ordered"], from: unknown, to: unknown) => FluentBuilder<F, Item, K>;
  /** Whatever the case of the letters. */
  startsWith: (propertyName: K["text"], value: string) => FluentBuilder<F, Item, K>;
  hasSome: (propertyName: keyof F, ...values: unknown[]) => FluentBuilder<F, Item, K>;
  in: (propertyName: keyof F, values: unknown) => FluentBuilder<F, Item, K>;
  exists: (propertyName: keyof F, value?: boolean) => FluentBuilder<F, Item, K>;
  isEmpty: (propertyName: keyof F) => FluentBuilder<F, Item, K>;
  isNotEmpty: (propertyName: keyof F) => FluentBuilder<F, Item, K>;
  and: (other: FluentBuilder<F, Item, K>) => FluentBuilder<F, Item, K>;
  or: (other: FluentBuilder<F, Item, K>) => FluentBuilder<F, Item, K>;
  not: (other: FluentBuilder<F, Item, K>) => FluentBuilder<F, Item, K>;
  ascending: (...propertyNames: (keyof F)[]) => FluentBuilder<F, Item, K>;
  descending: (...propertyNames: (keyof F)[]) => FluentBuilder<F, Item, K>;
  /** Items of a page: 50 unless told, 100 at most. */
  limit: (limit: number) => FluentBuilder<F, Item, K>;
  /** Goes on at a cursor, which carries filter and order. */
  skipTo: (cursor: string) => FluentBuilder<F, Item, K>;
  /** Sends the query. */
  find: (options?: FindOptions) => Promise<QueryResult<F, Item, K>>;
}

/** A condition, as `Filter` makes them. */
export interface FilterExpression<F> {
  readonly filter: Filter<F>;
}

/** A condition on one field, to which more tests of it can be added. */
export interface FieldFilter<F, T> extends FilterExpression<F> {
  eq(value: Value<T>): FieldFilter<F, T>;
  ne(value: Value<T>): FieldFilter<F, T>;
  gt(value: T): FieldFilter<F, T>;
  gte(value: T): FieldFilter<F, T>;
  lt(value: T): FieldFilter<F, T>;
  lte(value: T): FieldFilter<F, T>;
  startsWith(value: string): FieldFilter<F, T>;
  in(values: Value<T>[]): FieldFilter<F, T>;
  nin(values: Value<T>[]): FieldFilter<F, T>;
  hasSome(values: Value<T>[]): FieldFilter<F, T>;
  exists(value?: boolean): FieldFilter<F, T>;
  isEmpty(value?: boolean): FieldFilter<F, T>;
  isNotEmpty(): FieldFilter<F, T>;
}

/** Makes conditions. */
export interface FilterFactory<F> {
  <K extends keyof F>(field: K): FieldFilter<F, F[K]>;
  and(...filters: FilterExpression<F>[]): FilterExpression<F>;
  or(...filters: FilterExpression<F>[]): FilterExpression<F>;
  not(filter: FilterExpression<F>): FilterExpression<F>;
}

/** An order, as `Sort` makes them. */
export interface SortExpression<F> {
  readonly sort: SortingBy<F>;
}

/** Makes orders. */
export type SortFactory<F> = (field: keyof F & string) => {
  asc(): SortExpression<F>;
  desc(): SortExpression<F>;
};

/** Puts a query together from conditions and orders. */
export interface QueryAssembler<F, Q> {
  withFilter(filter: FilterExpression<F>): QueryAssembler<F, Q>;
  withSorting(...sorts: SortExpression<F>[]): QueryAssembler<F, Q>;
  withPaging(paging: { limit?: number; cursor?: string }): QueryAssembler<F, Q>;
  build(): Q;
}
