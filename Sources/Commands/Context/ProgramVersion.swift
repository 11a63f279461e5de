/// The version of this program.
package enum ProgramVersion {
  package static let current = "0.1.0"
}
