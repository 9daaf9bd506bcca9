package io.millrace.feature;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "io.millrace.feature",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule vocabularyDependsOnTheJdkAlone =
      classes()
          .that()
          .resideInAPackage("io.millrace.feature")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("io.millrace.feature", "java..");

  @ArchTest
  static final ArchRule celIsNamedOnlyInExpression =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.feature.expression")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.cel..", "com.google.re2j..");

  @ArchTest
  static final ArchRule yamlIsNamedOnlyInDefinition =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.feature.definition")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.snakeyaml..");

  @ArchTest
  static final ArchRule sketchesAreNamedOnlyInWindow =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.feature.window")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.datasketches..");

  @ArchTest
  static final ArchRule expressionsKnowNoWindowAndNoFile =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.feature.expression")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.millrace.feature.window",
              "io.millrace.feature.vector",
              "io.millrace.feature.definition");

  @ArchTest
  static final ArchRule windowsKnowNoVectorAndNoFile =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.feature.window")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.millrace.feature.vector", "io.millrace.feature.definition");

  @ArchTest
  static final ArchRule nothingHereKnowsAnEngineOrAStore =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.flink..",
              "org.apache.kafka..",
              "org.apache.avro..",
              "org.apache.parquet..",
              "org.rocksdb..",
              "org.duckdb..",
              "io.lettuce..",
              "io.javalin..",
              "io.millrace.online..",
              "io.millrace.offline..",
              "io.millrace.inference..",
              "io.millrace.jobs..",
              "io.millrace.server..");
}
