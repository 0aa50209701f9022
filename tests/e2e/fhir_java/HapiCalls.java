import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.SummaryEnum;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.interceptor.BearerTokenAuthInterceptor;
import ca.uhn.fhir.rest.client.interceptor.CapturingInterceptor;
import ca.uhn.fhir.rest.gclient.ReferenceClientParam;
import ca.uhn.fhir.rest.gclient.TokenClientParam;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.PreconditionFailedException;
import ca.uhn.fhir.rest.server.exceptions.ResourceGoneException;
import ca.uhn.fhir.rest.server.exceptions.ResourceVersionConflictException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Random;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Binary;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Enumerations.AdministrativeGender;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Meta;
import org.hl7.fhir.r4.model.Narrative;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Organization;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.StringType;

/** What a program does with HAPI's client, by its own calls: {@code HapiCalls BASE TOKEN}. */
public class HapiCalls {
    private static final String SYSTEM = "urn:oid:1.2.250.1.213.1.4.2";
    private static final String LOINC = "http://loinc.org";

    private final IGenericClient client;

    private HapiCalls(String base, String token) {
        FhirContext context = FhirContext.forR4();
        // It reads the CapabilityStatement first, as it does by default.
        client = context.newRestfulGenericClient(base);
        client.registerInterceptor(new BearerTokenAuthInterceptor(token));
    }

    public static void main(String[] arguments) {
        HapiCalls calls = new HapiCalls(arguments[0], arguments[1]);
        IdType patient = calls.changesAPatient();
        calls.searches(patient);
        calls.readsTheRecord(patient);
        calls.sendsATransaction();
        calls.sendsADocument(patient);
        calls.speaksXml();
        calls.labels(patient);
        calls.isRefused(patient);
        System.out.println("done");
    }

    private IdType changesAPatient() {
        CapabilityStatement says = client.capabilities().ofType(CapabilityStatement.class).execute();
        check(says.getFhirVersion().toCode().equals("4.0.1"), "version");
        Patient patient = new Patient();
        patient.addIdentifier().setSystem(SYSTEM).setValue("hapi-1");
        patient.addName().setFamily("Hapi").addGiven("Zoé");
        patient.setBirthDateElement(new org.hl7.fhir.r4.model.DateType("1974-12-25"));
        MethodOutcome made = client.create().resource(patient).execute();
        check(made.getCreated(), "created");
        IdType id = (IdType) made.getId().toUnqualifiedVersionless();
        Date before = client.read().resource(Patient.class).withId(id).execute().getMeta().getLastUpdated();
        patient.setId(id);
        patient.setGender(AdministrativeGender.FEMALE);
        MethodOutcome updated = client.update().resource(patient).execute();
        check("2".equals(updated.getId().getVersionIdPart()), "second version");
        Parameters patch = new Parameters();
        Parameters.ParametersParameterComponent operation = patch.addParameter().setName("operation");
        operation.addPart().setName("type").setValue(new org.hl7.fhir.r4.model.CodeType("replace"));
        operation.addPart().setName("path").setValue(new org.hl7.fhir.r4.model.StringType("Patient.gender"));
        operation.addPart().setName("value").setValue(new org.hl7.fhir.r4.model.CodeType("other"));
        client.patch().withFhirPatch(patch).withId(id).execute();
        Patient third = client.read().resource(Patient.class).withId(id).execute();
        check(third.getGender() == AdministrativeGender.OTHER, "patched");
        Patient first = client.read().resource(Patient.class).withId(id.withVersion("1")).execute();
        check(first.getGender() == null, "first version");
        Bundle all = client.history().onInstance(id).returnBundle(Bundle.class).execute();
        check(all.getEntry().size() == 3, "history");
        Bundle since = client.history().onInstance(id).returnBundle(Bundle.class).since(before).execute();
        check(since.getEntry().size() >= 2, "history since");
        Patient other = new Patient();
        other.addIdentifier().setSystem(SYSTEM).setValue("hapi-1");
        MethodOutcome again = client.create().resource(other).conditional()
                .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(SYSTEM, "hapi-1")).execute();
        check(again.getId().getIdPart().equals(id.getIdPart()), "conditional create");
        return id;
    }

    private void searches(IdType patient) {
        for (int day = 1; day <= 5; day++) {
            client.create().resource(weight(patient, day)).execute();
        }
        Bundle page = client.search().forResource(Observation.class)
                .where(Observation.CODE.exactly().systemAndCode(LOINC, "29463-7"))
                .and(Observation.PATIENT.hasChainedProperty(
                        Patient.IDENTIFIER.exactly().systemAndIdentifier(SYSTEM, "hapi-1")))
                .sort().ascending(Observation.DATE).count(2).returnBundle(Bundle.class).execute();
        List<Integer> sizes = new ArrayList<>();
        sizes.add(page.getEntry().size());
        while (page.getLink(Bundle.LINK_NEXT) != null) {
            page = client.loadPage().next(page).execute();
            sizes.add(page.getEntry().size());
        }
        check(sizes.equals(List.of(2, 2, 1)), "pages " + sizes);
        Bundle along = client.search().forResource(Patient.class)
                .where(new TokenClientParam("_id").exactly().code(patient.getIdPart()))
                .revInclude(Observation.INCLUDE_PATIENT).returnBundle(Bundle.class).execute();
        check(along.getEntry().size() == 6, "revinclude");
        Bundle having = client.search().forResource(Patient.class)
                .where(new ReferenceClientParam("_has:Observation:patient:code").hasId("29463-7"))
                .and(Patient.IDENTIFIER.exactly().identifier("hapi-1")).returnBundle(Bundle.class).execute();
        check(having.getEntry().size() == 1, "_has");
        Bundle heavy = client.search().forResource(Observation.class).usingStyle(
                        ca.uhn.fhir.rest.api.SearchStyleEnum.POST)
                .where(Observation.VALUE_QUANTITY.greaterThan().number(63).andUnits("kg"))
                .and(Observation.PATIENT.hasId(patient)).returnBundle(Bundle.class).execute();
        check(heavy.getEntry().size() == 2, "by POST");
        Bundle count = client.search().forResource(Observation.class)
                .where(Observation.PATIENT.hasId(patient)).summaryMode(SummaryEnum.COUNT)
                .returnBundle(Bundle.class).execute();
        check(count.getTotal() == 5, "count");
    }

    private void readsTheRecord(IdType patient) {
        Bundle everything = client.operation().onInstance(patient).named("$everything")
                .withNoParameters(Parameters.class).returnResourceType(Bundle.class).execute();
        check(everything.getEntry().size() == 6, "$everything");
        Bundle summary = client.operation().onInstance(patient).named("$summary")
                .withNoParameters(Parameters.class).returnResourceType(Bundle.class).execute();
        check(summary.getType() == Bundle.BundleType.DOCUMENT, "$summary");
    }

    private void sendsATransaction() {
        Bundle bundle = new Bundle().setType(Bundle.BundleType.TRANSACTION);
        String name = IdType.newRandomUuid().getValue();
        Patient patient = new Patient();
        patient.addName().setFamily("Transaction");
        bundle.addEntry().setFullUrl(name).setResource(patient).getRequest()
                .setMethod(Bundle.HTTPVerb.POST).setUrl("Patient");
        bundle.addEntry().setResource(weight(new IdType(name), 1)).getRequest()
                .setMethod(Bundle.HTTPVerb.POST).setUrl("Observation");
        Bundle done = client.transaction().withBundle(bundle).execute();
        check(done.getEntry().stream().allMatch(e -> e.getResponse().getStatus().startsWith("201")), "transaction");
        Patient created = new Patient();
        created.addName().setFamily("Ressources");
        Patient named = created.copy();
        named.setId("Patient/hapi-resources");
        List<IBaseResource> written = client.transaction().withResources(List.of(created, named)).execute();
        check(written.size() == 2 && written.stream().allMatch(e -> e.getIdElement().hasVersionIdPart()), "resources");
        check(written.get(1).getIdElement().getIdPart().equals("hapi-resources"), "id of a resource");
    }

    private void sendsADocument(IdType patient) {
        byte[] bytes = new byte[400_000];
        new Random(1).nextBytes(bytes);
        Binary document = new Binary().setContentType("application/pdf").setData(bytes);
        document.setSecurityContext(new Reference(patient));
        IdType id = (IdType) client.create().resource(document).execute().getId().toUnqualifiedVersionless();
        Binary read = client.read().resource(Binary.class).withId(id).execute();
        check(read.getContentType().equals("application/pdf"), "type of a document");
        check(Arrays.equals(read.getData(), bytes), "document");
    }

    private void speaksXml() {
        CapturingInterceptor received = new CapturingInterceptor();
        client.registerInterceptor(received);
        Patient patient = new Patient();
        patient.addIdentifier().setSystem(SYSTEM).setValue("hapi-xml");
        patient.addName().setFamily("<Hapi> & \"Xml\"").addGiven("Zoé");
        patient.getBirthDateElement().addExtension("urn:precision", new StringType("jour"));
        patient.getText().setStatus(Narrative.NarrativeStatus.GENERATED);
        patient.getText().setDivAsString("<div>Zoé<br/>&amp; Marie</div>");
        patient.addContained(new Organization().setName("CHR").setId("o"));
        patient.getManagingOrganization().setReference("#o");
        IdType id = (IdType) client.create().resource(patient).encodedXml().execute().getId().toUnqualifiedVersionless();
        check(received.getLastResponse().getMimeType().equals("application/fhir+xml"), "created in XML");
        Patient read = client.read().resource(Patient.class).withId(id).encodedXml().execute();
        check(received.getLastResponse().getMimeType().equals("application/fhir+xml"), "read in XML");
        Patient other = client.read().resource(Patient.class).withId(id).encodedJson().execute();
        check(read.equalsDeep(other), "the same in XML and in JSON");
        check(read.getName().get(0).equalsDeep(patient.getName().get(0)), "text in XML");
        check(read.getText().equalsDeep(patient.getText()), "narrative in XML");
        Bundle found = client.search().forResource(Patient.class).where(Patient.IDENTIFIER.exactly()
                .identifier("hapi-xml")).encodedXml().returnBundle(Bundle.class).execute();
        Patient match = (Patient) found.getEntryFirstRep().getResource();
        check(match.getBirthDateElement().equalsDeep(patient.getBirthDateElement()), "search in XML");
        expect(InvalidRequestException.class, InvalidRequestException.class, () -> client.search()
                .byUrl("Patient?wings=2").encodedXml().returnBundle(Bundle.class).execute());
        check(received.getLastResponse().getMimeType().equals("application/fhir+xml"), "refused in XML");
        client.unregisterInterceptor(received);
    }

    private void labels(IdType patient) {
        Meta sent = new Meta().addTag("urn:labels", "a", "A");
        Meta added = client.meta().add().onResource(patient).meta(sent).execute();
        check(added.getTag("urn:labels", "a") != null, "$meta-add");
        Meta read = client.meta().get(Meta.class).fromResource(patient).execute();
        check(read.getTag("urn:labels", "a") != null, "$meta");
        Meta left = client.meta().delete().onResource(patient).meta(sent).execute();
        check(left.getTag("urn:labels", "a") == null, "$meta-delete");
    }

    private void isRefused(IdType patient) {
        Patient read = client.read().resource(Patient.class).withId(patient).execute();
        Patient stale = read.copy();
        stale.setId(patient.withVersion("1"));
        expect(ResourceVersionConflictException.class, PreconditionFailedException.class,
                () -> client.update().resource(stale).withId(patient.withVersion("1")).withAdditionalHeader("If-Match", "W/\"1\"").execute());
        expect(InvalidRequestException.class, InvalidRequestException.class,
                () -> client.search().byUrl("Patient?wings=2").returnBundle(Bundle.class).execute());
        MethodOutcome short_lived = client.create().resource(weight(patient, 6)).execute();
        client.delete().resourceById(short_lived.getId().toUnqualifiedVersionless()).execute();
        expect(ResourceGoneException.class, ResourceGoneException.class,
                () -> client.read().resource(Observation.class).withId(short_lived.getId().getIdPart()).execute());
    }

    private static Observation weight(IdType patient, int day) {
        Observation made = new Observation().setStatus(Observation.ObservationStatus.FINAL);
        made.getCode().addCoding().setSystem(LOINC).setCode("29463-7");
        made.getSubject().setReference(patient.getValue().startsWith("urn:") ? patient.getValue() : patient.toUnqualifiedVersionless().getValue());
        made.setEffective(new DateTimeType("2026-03-0" + day));
        made.setValue(new Quantity().setValue(60 + day).setUnit("kg").setSystem("http://unitsofmeasure.org").setCode("kg"));
        return made;
    }

    private static void expect(Class<?> one, Class<?> other, Runnable doing) {
        try {
            doing.run();
        } catch (RuntimeException error) {
            check(one.isInstance(error) || other.isInstance(error), error.toString());
            return;
        }
        throw new IllegalStateException("accepted, and should not have been");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }
}
