// What of a text is language: everything but code, formulas, markup and addresses.
#pragma once

#include <string>
#include <string_view>

namespace ahascope::analysis {

// The text with every byte of the following replaced by a space, so that offsets stay: code between backticks; LaTeX
// between dollars (as pandoc reads them, so that prices are none), \( \), \[ \], \begin{..} \end{..}; LaTeX commands;
// tags <..>; addresses http://... What is never closed reaches to the end for code fences and is text otherwise.
// Linear; any bytes.
std::string proseOf(std::string_view text);

} // namespace ahascope::analysis
