// The next departures of a stop, with the types that openapi-typescript generates.
import type { components, operations } from "./api";

type Board = components["schemas"]["BoardJson"];
type Problem = components["schemas"]["Problem"];
type Query = NonNullable<operations["get_departures"]["parameters"]["query"]>;

export async function departures(platform: string, stop: string, query: Query): Promise<string[]> {
  const parameters = new URLSearchParams({ limit: String(query.limit ?? 5) });
  const answer = await fetch(`${platform}/mobilite/v1/stops/${stop}/departures?${parameters}`);
  if (!answer.ok) {
    const problem = (await answer.json()) as Problem;
    throw new Error(problem.detail);
  }
  const board = (await answer.json()) as Board;
  return board.departures.map((each) => `${each.predicted ?? each.scheduled} ${each.route.short_name}`);
}
