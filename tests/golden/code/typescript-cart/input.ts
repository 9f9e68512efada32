/**
 * A cart holds items until they are ordered.
 *
 * Prices are whole cents; taxes are added at the end, once.
 */
import { EventEmitter } from "node:events";
import type { Item, Price, Region } from "./catalogue.js";

const LIMIT = 200;

export interface Line {
  item: Item;
  count: number;
}

export type Listener = (cart: Cart) => void;

export enum State {
  Open = "open",
  Ordered = "ordered",
  Lost = "lost",
}

/** A cart of one customer. */
export class Cart extends EventEmitter {
  private readonly lines = new Map<string, Line>();
  state: State = State.Open;

  constructor(private readonly region: Region) {
    super();
    if (!region.open) {
      throw new Error(`region ${region.name} takes no orders`);
    }
  }

  /** Adds items; the same item adds up. */
  add(item: Item, count = 1): this {
    if (this.state !== State.Open) {
      throw new Error("the cart is closed");
    }
    const line = this.lines.get(item.id) ?? { item, count: 0 };
    if (line.count + count > LIMIT) {
      throw new RangeError(`more than ${LIMIT} of ${item.id}`);
    }
    line.count += count;
    this.lines.set(item.id, line);
    this.emit("change", this);
    return this;
  }

  remove(id: string): boolean {
    const found = this.lines.delete(id);
    if (found) {
      this.emit("change", this);
    }
    return found;
  }

  get total(): Price {
    let cents = 0;
    for (const { item, count } of this.lines.values()) {
      cents += item.cents * count;
    }
    const taxed = Math.round(cents * (1 + this.region.tax));
    return { cents: taxed, currency: this.region.currency };
  }

  async order(send: (body: string) => Promise<Response>): Promise<State> {
    const body = JSON.stringify([...this.lines.values()]);
    // FIXME: an order that times out may still have been taken
    const answer = await send(body);
    if (answer.status === 409) {
      this.state = State.Lost;
    } else if (answer.ok) {
      this.state = State.Ordered;
    } else {
      throw new Error(`order failed: ${answer.status}`);
    }
    this.emit("change", this);
    return this.state;
  }
}

export const merged = (a: Cart, b: Cart, region: Region): Cart => {
  const out = new Cart(region);
  for (const cart of [a, b]) {
    for (const line of cart["lines"].values()) {
      out.add(line.item, line.count);
    }
  }
  return out;
};

export function describe(cart: Cart): string {
  const parts: string[] = [];
  for (const { item, count } of cart["lines"].values()) {
    parts.push(`${count} x ${item.name}`);
  }
  if (parts.length === 0) {
    return "an empty cart";
  }
  return parts.join(", ");
}
