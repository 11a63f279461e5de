/// Names the provider of a bare model name; `nil` where nobody knows it.
package typealias ProviderNaming = (String) throws(LedgerError) -> String?
