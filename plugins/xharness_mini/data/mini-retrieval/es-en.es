David encuentra una guitarra el sábado.
El panadero encuentra una guitarra el sábado.
El conductor encuentra una guitarra el sábado.
Lina no dice nada el martes.
Lina está feliz el martes.
Lina está ocupada el martes.
El viernes, el niño alquila una bicicleta negra en el puerto.
El viernes, el niño encarga carne en el puerto.
El viernes, el niño ve un barco caro en el puerto.
David tiene mucho que hacer el martes.
David tiene prisa el martes.
David está muy despierto el martes.
Antes de cenar, David se queda en casa, y Anna llega a tiempo.
En verano, David se queda en casa, y Anna llega a tiempo.
El león descansa delante de la puerta en invierno.
El león descansa debajo del árbol en invierno.
El león juega delante de la puerta en invierno.
El niño alquila un barco caro en la playa el jueves.
El niño alquila un barco caro en la panadería el jueves.
Anna alquila un barco caro en la playa el jueves.
El panadero dice que hace buen tiempo.
El panadero dice que la música está alta.
El panadero escribe que hace buen tiempo.
La enfermera fabrica una mesa en el hospital, y el cocinero lee un periódico en el mercado.
La enfermera empaqueta mangos en el hospital, y el cocinero lee un periódico en el mercado.
La enfermera alquila un barco en el hospital, y el cocinero lee un periódico en el mercado.
Lina compra miel en la cafetería, y la abuela fabrica una silla en la granja.
Lina empaqueta patatas en la cafetería, y la abuela fabrica una silla en la granja.
Lina elige un coche en la cafetería, y la abuela fabrica una silla en la granja.
El jueves, la doctora llega tarde, y David empaqueta pastel en el hospital.
El jueves, la doctora llega tarde, y David empaqueta pastel en la granja.
El jueves, la doctora llega tarde, y el panadero empaqueta pastel en el hospital.
El caballo juega sobre la hierba en primavera.
El caballo juega al lado del coche en primavera.
El elefante juega sobre la hierba en primavera.
Por la tarde, Lina cose un vestido blanco en la estación.
Por la tarde, Lina compra cacahuetes en la estación.
Por la tarde, Lina describe un vestido en la estación.
A Lina le gusta el verano, pero David prefiere el arroz.
A Lina le gusta el invierno, pero David prefiere el arroz.
A Lina le gusta la música, pero David prefiere el arroz.
Anna le da una postal a David en verano.
Lina le da una postal a David en verano.
Anna le da una receta a David en verano.
Anna le da un abrigo pequeño a David después del trabajo.
Anna le da un abrigo pequeño a David por la tarde.
Lina le da un abrigo pequeño a David después del trabajo.
El cocinero lee un periódico en el teatro el jueves.
El cocinero esconde zanahorias en el teatro el jueves.
El cocinero dibuja un cuadro en el teatro el jueves.
El niño alquila un coche el martes.
El niño alquila un coche hoy.
El niño fabrica una cama pequeña el martes.
Lina envía un informe en el parque el sábado.
Lina envía un informe en el parque al mediodía.
Lina envía un informe en el parque por la noche.
La oveja juega debajo de la mesa en verano.
La oveja juega debajo de la mesa antes del desayuno.
La oveja juega sobre la hierba en verano.
La cantante dice que brilla el sol.
El conductor dice que brilla el sol.
Anna dice que brilla el sol.
Anna le da un informe a Lina el miércoles.
Anna le da un periódico a Lina el miércoles.
Anna le da un libro a Lina el miércoles.
El padre compra plátanos junto al río.
El agricultor compra plátanos junto al río.
Anna compra plátanos junto al río.
David escribe un periódico en el teatro, y la vecina encarga un barco en el cine.
David escribe un periódico en el teatro, y la vecina fabrica una escalera en el cine.
David escribe un periódico en el zoológico, y la vecina encarga un barco en el cine.
El gato espera sobre la hierba hoy.
El pájaro espera sobre la hierba hoy.
El gato juega sobre la hierba hoy.
Anna le da una camisa roja a Lina el viernes.
Anna le da un cuento a Lina el viernes.
Anna le da una camisa roja a Lina en verano.
La estudiante cree que el tren sale pronto.
El conductor cree que el tren sale pronto.
El cocinero cree que el tren sale pronto.
El pájaro espera delante de la puerta todos los días.
El pájaro juega delante de la puerta todos los días.
El pájaro come delante de la puerta todos los días.
El martes, el sastre está de mal humor, y la enfermera elige naranjas en el cine.
El viernes, el sastre está de mal humor, y la enfermera elige naranjas en el cine.
El martes, el sastre está de mal humor, y el panadero elige naranjas en el cine.
El viernes, Anna tiene tiempo libre, y David está feliz.
El jueves, Anna tiene tiempo libre, y David está feliz.
Hoy, Anna tiene tiempo libre, y David está feliz.
Lina está sana después de comer.
Lina está sana el viernes.
Lina no dice nada después de comer.
El caballo duerme delante de la puerta en primavera.
El caballo duerme sobre la hierba en primavera.
Antes del desayuno, Anna no tiene compañía, y David está de buen humor.
El jueves, Anna no tiene compañía, y David está de buen humor.
Antes del desayuno, Anna no tiene compañía, y David llega a tiempo.
El gato come debajo del árbol por la tarde.
El gato come debajo de la mesa por la tarde.
El gato come debajo del árbol antes del desayuno.
