// What a program does with Medplum's client, by its own calls: node medplum_calls.mjs BASE TOKEN
// https://github.com/medplum/medplum/tree/main/packages/core
import assert from "node:assert/strict";
import { MedplumClient } from "@medplum/core";
import { patient, refused, SYSTEM, weight } from "./records.mjs";

const [base, token] = process.argv.slice(2);
const { origin, pathname } = new URL(base);
const client = new MedplumClient({ baseUrl: origin, fhirUrlPath: pathname.slice(1), accessToken: token, cacheTime: 0 });

// A resource and its versions.
const made = await client.createResource(patient("medplum-1", "Medplum"));
const read = await client.readResource("Patient", made.id);
assert.deepEqual(read.name, made.name);
const updated = await client.updateResource({ ...read, birthDate: "1974-12-26" });
assert.equal(updated.meta.versionId, "2");
const patch = [{ op: "replace", path: "/gender", value: "other" }];
const patched = await client.patchResource("Patient", made.id, patch);
assert.equal(patched.gender, "other");
const history = await client.readHistory("Patient", made.id);
assert.equal(history.entry.length, 3);
const first = await client.readVersion("Patient", made.id, "1");
assert.equal(first.birthDate, "1974-12-25");
const again = await client.createResourceIfNoneExist(patient("medplum-1", "Autre"), `identifier=${SYSTEM}|medplum-1`);
assert.equal(again.id, made.id);
const upserted = await client.upsertResource({ ...patched, active: true }, { identifier: `${SYSTEM}|medplum-1` });
assert.equal(upserted.id, made.id);

// Searches: one, all, pages, chains.
for (const day of [1, 2, 3, 4, 5]) await client.createResource(weight(made.id, day));
const one = await client.searchOne("Patient", { identifier: `${SYSTEM}|medplum-1` });
assert.equal(one.id, made.id);
const sizes = [];
for await (const page of client.searchResourcePages("Observation", { "patient.identifier": `${SYSTEM}|medplum-1`, _count: 2 })) {
  sizes.push(page.length);
}
assert.deepEqual(sizes, [2, 2, 1]);
const heavy = await client.searchResources("Observation", `patient=${made.id}&value-quantity=gt63`);
assert.deepEqual(heavy.map((each) => each.valueQuantity.value).sort(), [64, 65]);
const subject = await client.readReference({ reference: `Patient/${made.id}` });
assert.equal(subject.id, made.id);

// The record, and several requests at once.
assert.equal((await client.readPatientEverything(made.id)).entry.length, 6);
const visit = await client.createResource({
  resourceType: "Encounter",
  status: "finished",
  class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "AMB" },
  subject: { reference: `Patient/${made.id}` },
});
const stay = await client.get(client.fhirUrl("Encounter", visit.id, "$everything"));
assert.deepEqual(stay.entry.map((each) => each.resource.resourceType), ["Encounter", "Patient"]);
await client.deleteResource("Encounter", visit.id);
const source = encodeURIComponent(`${SYSTEM}|medplum-1`);
const crossed = await client.get(`${client.fhirUrl("Patient", "$ihe-pix")}?sourceIdentifier=${source}`);
assert.equal(crossed.parameter.at(-1).valueReference.reference, `Patient/${made.id}`);
const documents = await client.post(client.fhirUrl("DocumentReference", "$docref"), {
  resourceType: "Parameters",
  parameter: [{ name: "patient", valueId: made.id }],
});
const summary = documents.entry.at(-1).resource.content[0].attachment.url;
assert.ok(summary.endsWith(`/Patient/${made.id}/$summary`));
const batch = await client.executeBatch({
  resourceType: "Bundle",
  type: "batch",
  entry: [
    { request: { method: "GET", url: `Patient/${made.id}` } },
    { request: { method: "GET", url: "Patient/absent" } },
  ],
});
assert.deepEqual(batch.entry.map((each) => each.response.status.slice(0, 3)), ["200", "404"]);

// A document, as bytes.
const bytes = new Uint8Array(400_000).map((_, at) => at % 251);
const binary = await client.createBinary({
  data: bytes,
  contentType: "application/pdf",
  filename: "note.pdf",
  securityContext: { reference: `Patient/${made.id}` },
});
assert.equal(binary.contentType, "application/pdf");
const document = await client.download(client.fhirUrl("Binary", binary.id).toString());
assert.equal(document.type, "application/pdf");
assert.deepEqual(new Uint8Array(await document.arrayBuffer()), bytes);

// Everything at once, in the background.
const exported = await client.bulkExport("", "Patient", undefined, { pollStatusOnAccepted: true });
assert.deepEqual(exported.output.map((each) => each.type), ["Patient"]);
const lines = await (await client.download(exported.output[0].url)).text();
assert.ok(lines.trim().split("\n").map(JSON.parse).some((each) => each.id === made.id));

// What no longer exists, and what is wrong.
await client.deleteResource("Observation", heavy[0].id);
const gone = await refused(client.readResource("Observation", heavy[0].id));
assert.equal(gone.outcome.issue[0].code, "deleted");
const invalid = await refused(client.createResource({ resourceType: "Patient", birthDate: "hier" }));
assert.match(JSON.stringify(invalid.outcome), /Patient\.birthDate/);
console.log("done");
