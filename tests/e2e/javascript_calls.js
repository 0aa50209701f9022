// What a page does with SMART's JavaScript client once somebody has come back, by its own calls.
// Evaluated in that page; returns what there is to check.
async () => {
  const client = await window.client;
  const found = {};
  const pulse = (day) => ({
    resourceType: "Observation",
    status: "preliminary",
    code: { coding: [{ system: "http://loinc.org", code: "8480-6" }] },
    subject: { reference: `Patient/${client.patient.id}` },
    effectiveDateTime: `2026-04-0${day}`,
    valueQuantity: { value: 100 + day, unit: "mm[Hg]" },
  });
  const refused = async (doing) => {
    try {
      await doing;
    } catch (error) {
      return [error.status, error.message];
    }
    return [0, "accepted"];
  };

  found.patient = await client.patient.read();
  found.user = client.user.fhirUser;
  found.userRead = (await client.user.read()).id;
  found.scope = client.state.tokenResponse.scope;

  const made = [];
  for (const day of [1, 2, 3, 4, 5]) made.push(await client.create(pulse(day)));
  found.made = made.map((each) => each.id);
  const query = "Observation?code=http://loinc.org|8480-6&_sort=date&_count=2";
  const all = await client.request(query, { pageLimit: 0, flat: true });
  found.all = all.map((each) => each.id);
  const pages = await client.request(query, { pageLimit: 2 });
  found.pages = pages.map((each) => each.entry.length);
  const seen = [];
  await client.request(query, { pageLimit: 0, onPage: (page) => { seen.push(page.entry.length); } });
  found.seen = seen;
  found.mine = (await client.patient.request("Observation?code=8480-6", { flat: true })).length;

  const graph = await client.request(`Observation/${made[0].id}`, {
    resolveReferences: ["subject"], graph: true,
  });
  found.resolved = graph.subject.id;
  const some = await client.request(query, {
    pageLimit: 0, flat: true, resolveReferences: ["subject"], graph: false,
  });
  found.references = Object.keys(some.references);

  found.updated = await client.update({ ...made[0], status: "final" });
  const patch = [{ op: "replace", path: "/status", value: "amended" }];
  found.patched = await client.patch(`Observation/${made[1].id}`, patch);
  found.history = (await client.request(`Observation/${made[1].id}/_history`)).entry.length;
  const whole = await client.request({ url: `Observation/${made[0].id}`, includeResponse: true });
  found.etag = whole.response.headers.get("etag");
  await client.delete(`Observation/${made[2].id}`);
  found.gone = await refused(client.request(`Observation/${made[2].id}`));
  found.wrong = await refused(client.request("Observation?wings=2"));
  found.stale = await refused(client.update({ ...made[0] }, { headers: { "if-match": 'W/"1"' } }));
  found.other = await refused(client.request("Patient/autrui"));
  found.forbidden = await refused(client.create({ resourceType: "Patient" }));

  const before = client.state.tokenResponse.access_token;
  await client.refresh();
  found.renewed = client.state.tokenResponse.access_token !== before;
  found.after = (await client.patient.read()).id;
  return found;
}
