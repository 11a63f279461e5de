import Foundation
import Pricing

// Writes files into a Swift file; the build runs it (see Sources/Embed):
//   embed-files catalogue OUTPUT ROOT FOLDER     the pricing files of a folder, as one catalogue
//   embed-files texts OUTPUT ROOT FOLDER...      all files of the folders, by their path from the root

/// The literal of a text, in which nothing has to be escaped.
func literal(_ text: String) throws -> String {
  guard !text.contains("\"\"\"##") else { throw CocoaError(.fileWriteUnknown) }
  return "##\"\"\"\n\(text)\n\"\"\"##"
}

/// The Swift source that holds a catalogue of a folder's pricing files.
func catalogue(ofFolder folder: String) throws -> String {
  let files = try PriceTable.files(ofFolder: folder)
  let text = Catalogue.text(of: try PriceTable.load(files: files), files: files)
  return "/// The built-in catalogue as text.\nlet builtInCatalogue = \(try literal(text))\n"
}

/// The Swift source that holds the texts of all files in the folders.
func texts(ofFolders folders: [String], root: String) throws -> String {
  var source = "/// The templates of service units, by their path in the repository.\n"
  source += "let unitTemplates: [String: String] = [\n"
  for folder in folders {
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)").sorted() {
      let text = try String(contentsOf: URL(fileURLWithPath: "\(root)/\(folder)/\(name)"), encoding: .utf8)
      source += "  \"\(folder)/\(name)\": \(try literal(text)),\n"
    }
  }
  return source + "]\n"
}

let arguments = CommandLine.arguments.dropFirst()
let folders = Array(arguments.dropFirst(3))
guard let kind = arguments.first, let root = arguments.dropFirst(2).first, let first = folders.first,
  let output = arguments.dropFirst().first, kind == "texts" || folders.count == 1
else {
  FileHandle.standardError.write(Data("usage: embed-files catalogue|texts OUTPUT ROOT FOLDER...\n".utf8))
  exit(64)
}
do {
  let source =
    kind == "texts" ? try texts(ofFolders: folders, root: root) : try catalogue(ofFolder: "\(root)/\(first)")
  try Data(source.utf8).write(to: URL(fileURLWithPath: output))
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
