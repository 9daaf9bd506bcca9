package io.millrace.offline;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.millrace.offline", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule parquetIsNamedOnlyInOfflineParquet =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.offline.parquet")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.parquet..", "org.apache.hadoop..");

  @ArchTest
  static final ArchRule hadoopIsNamedNowhereButWhereASignatureWantsIt =
      noClasses()
          .that()
          .doNotHaveSimpleName("RecordWriterBuilder")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.hadoop..");

  @ArchTest
  static final ArchRule duckDbIsNamedOnlyInOfflineDuckdb =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.offline.duckdb")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.duckdb..", "java.sql..");

  @ArchTest
  static final ArchRule theTablesKnowNoFileFormat =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.offline")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.millrace.offline.*..");

  @ArchTest
  static final ArchRule theStoresNeverSeeEachOther =
      noClasses().should().dependOnClassesThat().resideInAPackage("io.millrace.online..");

  @ArchTest
  static final ArchRule theOfflineStoreKnowsNoEngine =
      noClasses().should().dependOnClassesThat().resideInAPackage("org.apache.flink..");
}
