/** Where each value comes from and who reads it, as a page. */
package io.millrace.server.lineage;
