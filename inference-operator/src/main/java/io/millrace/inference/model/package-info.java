/** Models on disk: bundles, their verification, and the folder that holds all versions. */
package io.millrace.inference.model;
