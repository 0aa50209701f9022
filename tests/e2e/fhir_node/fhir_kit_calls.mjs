// What a program does with fhir-kit-client, by its own calls: node fhir_kit_calls.mjs BASE TOKEN
// https://github.com/Vermonster/fhir-kit-client
import assert from "node:assert/strict";
import { Client } from "fhir-kit-client";
import { LOINC, patient, refused, SYSTEM, weight } from "./records.mjs";

const [baseUrl, bearerToken] = process.argv.slice(2);
const client = new Client({ baseUrl, bearerToken });

// It says what it does, and where to log in.
assert.equal((await client.capabilityStatement()).fhirVersion, "4.0.1");
assert.ok((await client.smartAuthMetadata()).tokenUrl);

// A resource, its versions, and a patch.
const made = await client.create({ resourceType: "Patient", body: patient("kit-1", "Kit") });
const read = await client.read({ resourceType: "Patient", id: made.id });
assert.deepEqual(read.name, made.name);
const body = { ...read, birthDate: "1974-12-26" };
const updated = await client.update({ resourceType: "Patient", id: made.id, body });
assert.equal(updated.meta.versionId, "2");
const first = await client.vread({ resourceType: "Patient", id: made.id, version: "1" });
assert.equal(first.birthDate, "1974-12-25");
const jsonPatch = [{ op: "replace", path: "/gender", value: "other" }];
const patched = await client.patch({ resourceType: "Patient", id: made.id, jsonPatch });
assert.equal(patched.gender, "other");
const history = await client.history({ resourceType: "Patient", id: made.id });
assert.deepEqual(history.entry.map((each) => each.resource.meta.versionId), ["3", "2", "1"]);

// Pages, chains, and what comes along.
for (const day of [1, 2, 3, 4, 5]) {
  await client.create({ resourceType: "Observation", body: weight(made.id, day) });
}
const searchParams = { code: `${LOINC}|29463-7`, "patient.identifier": `${SYSTEM}|kit-1`, _count: 2, _sort: "date" };
const days = [];
let page = await client.search({ resourceType: "Observation", searchParams });
const sizes = [];
while (page) {
  sizes.push(page.entry.length);
  days.push(...page.entry.map((each) => each.resource.effectiveDateTime));
  page = await client.nextPage({ bundle: page });
}
assert.deepEqual(sizes, [2, 2, 1]);
assert.deepEqual(days, [1, 2, 3, 4, 5].map((day) => `2026-03-0${day}`));
const along = await client.search({
  resourceType: "Patient",
  searchParams: { identifier: `${SYSTEM}|kit-1`, _revinclude: "Observation:patient" },
});
assert.equal(along.entry.length, 6);
const compartment = { resourceType: "Patient", id: made.id };
const inside = await client.search({ compartment, resourceType: "Observation" });
assert.equal(inside.total ?? inside.entry.length, 5);
const subject = await client.resolve({ reference: `Patient/${made.id}` });
assert.equal(subject.id, made.id);

// Since: only what has changed.
const since = patched.meta.lastUpdated;
await client.update({ resourceType: "Patient", id: made.id, body: { ...patched, active: true } });
const changed = await client.request(`Patient/${made.id}/_history?_since=${encodeURIComponent(since)}`);
assert.ok(changed.entry.some((each) => each.resource.meta.versionId === "4"));
assert.ok(!changed.entry.some((each) => each.resource.meta.versionId === "1"));

// Operations of the record.
const operation = { resourceType: "Patient", id: made.id, method: "GET" };
const everything = await client.operation({ ...operation, name: "$everything" });
assert.equal(everything.entry.length, 6);
const summary = await client.operation({ ...operation, name: "$summary" });
assert.equal(summary.entry[0].resource.resourceType, "Composition");

// A transaction, then what no longer exists.
const transaction = {
  resourceType: "Bundle",
  type: "transaction",
  entry: [
    { fullUrl: "urn:uuid:1f7c1c1e-7c0b-4b0e-9d3b-0f6f9f0c0001", resource: patient("kit-2", "Deux"), request: { method: "POST", url: "Patient" } },
    { request: { method: "GET", url: `Patient/${made.id}` } },
  ],
};
const done = await client.transaction({ body: transaction });
assert.deepEqual(done.entry.map((each) => each.response.status.slice(0, 3)), ["201", "200"]);
const [location] = done.entry.map((each) => each.response.location);
const [, second] = location.match(/Patient\/([^/]+)/);
await client.delete({ resourceType: "Patient", id: second });
const gone = await refused(client.read({ resourceType: "Patient", id: second }));
assert.equal(gone.response.status, 410);
const wrong = await refused(client.search({ resourceType: "Patient", searchParams: { wings: "2" } }));
assert.equal(wrong.response.status, 400);
console.log("done");
