package io.millrace.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "io.millrace.server",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule theServerNeverSeesTheJobs =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.millrace.jobs..", "org.apache.flink.streaming..");

  @ArchTest
  static final ArchRule childProcessesAreStartedOnlyByThePlatform =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.server.platform..")
          .should()
          .dependOnClassesThat()
          .belongToAnyOf(ProcessBuilder.class);

  @ArchTest
  static final ArchRule thePlatformKnowsNoFeatures =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.server.platform..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.millrace.feature..", "io.millrace.offline..");

  @ArchTest
  static final ArchRule armeriaAndGrpcAreNamedOnlyWhereRequestsAreServed =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.millrace.server.serve..",
              "io.millrace.server.infer..",
              "io.millrace.server.guard..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.linecorp.armeria..", "io.grpc..", "io.netty..");

  @ArchTest
  static final ArchRule theLookupKnowsNoProtocol =
      noClasses()
          .that()
          .haveNameMatching(
              ".*\\.serve\\.(FeatureServing|FeatureQuery|FeatureAnswer|ServePlan|Catalog|Inputs"
                  + "|HotKeys|SharedStore|Refusal)(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.linecorp.armeria..", "io.grpc..", "com.google.protobuf..", "com.fasterxml..");
}
