package io.millrace.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.apache.flink.api.common.typeutils.TypeSerializer;

@AnalyzeClasses(packages = "io.millrace.jobs", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule jobsNeverSeeTheServer =
      noClasses().should().dependOnClassesThat().resideInAPackage("io.millrace.server..");

  @ArchTest
  static final ArchRule storesAreNamedOnlyWhereTheyAreReadOrWrittenAndInTheCompositionRoot =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.millrace.jobs.sink..",
              "io.millrace.jobs.history..",
              "io.millrace.jobs.training..")
          .and()
          .doNotHaveFullyQualifiedName("io.millrace.jobs.MonitorJob")
          .and()
          .haveSimpleNameNotStartingWith("TrainingSetJob")
          .and()
          .haveSimpleNameNotStartingWith("FlinkStores")
          .and()
          .haveSimpleNameNotStartingWith("FeatureJob")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.millrace.online..", "io.millrace.offline..");

  @ArchTest
  static final ArchRule kafkaIsNamedOnlyWhereRecordsComeInAndGoOut =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.millrace.jobs.intake..", "io.millrace.jobs.history..", "io.millrace.jobs.sink..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..", "org.apache.flink.connector.kafka..");

  @ArchTest
  static final ArchRule whatComputesDoesNotKnowWhereRecordsComeFrom =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.millrace.jobs.feature..",
              "io.millrace.jobs.gather..",
              "io.millrace.jobs.join..",
              "io.millrace.jobs.vector..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.millrace.jobs.intake..");

  @ArchTest
  static final ArchRule everySerializerHasANameThatSaysSo =
      classes()
          .that()
          .areAssignableTo(TypeSerializer.class)
          .should()
          .haveSimpleNameEndingWith("Serializer");
}
