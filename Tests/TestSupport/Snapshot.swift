import Foundation

/// Compares a text with the one recorded beside the test, `Snapshots/<name>`.
/// - Returns: `nil` where they are equal, else what to tell. A text that was never recorded is recorded now, and told:
///   somebody must look at it.
package func differenceFromSnapshot(_ text: String, _ name: String, testFile: String = #filePath) throws -> String? {
  let file = URL(filePath: testFile).deletingLastPathComponent().appending(path: "Snapshots/\(name)")
  guard let recorded = try? String(contentsOf: file, encoding: .utf8) else {
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return "recorded Snapshots/\(name) for the first time; look at it and run the test again"
  }
  return recorded == text ? nil : "differs from Snapshots/\(name); it is now:\n\(text)"
}
