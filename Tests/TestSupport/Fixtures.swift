package import Foundation

/// The files that real routers wrote, in `fixtures/`.
package enum Fixtures {
  /// The folder of the package.
  package static let package = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The path of a fixture, such as `ccr-v1/logs`.
  package static func path(_ name: String) -> String {
    package.appending(path: "fixtures/\(name)").path(percentEncoded: false)
  }
}
